// A quiet hour, or as many MINUTES as it should be: steady arrivals, dashboards, readers. Watch memory meanwhile.
import http from 'k6/http';
import exec from 'k6/execution';
import { sleep } from 'k6';
import { admin, base, employee, get, punch, uuid } from './common.js';
import { socketURL, subscribe } from './socket.js';

const minutes = Number(__ENV.MINUTES || 60);

export const options = {
  scenarios: {
    punches: { executor: 'constant-arrival-rate', exec: 'arrive', rate: Number(__ENV.RATE || 10), timeUnit: '1s', duration: `${minutes}m`, preAllocatedVUs: 50 },
    dashboards: { executor: 'per-vu-iterations', exec: 'watch', vus: 50, iterations: 1, maxDuration: `${minutes + 1}m` },
    readers: { executor: 'constant-vus', exec: 'read', vus: 5, duration: `${minutes}m` },
  },
  thresholds: { http_req_failed: ['rate==0'], checks: ['rate==1'], sockets_lost: ['count==0'], frames: ['count>0'], frame_delay_ms: ['p(99)<1000'] },
};

export function setup() { return { config: http.get(`${base}/api/config`).json() }; }

export function arrive() {
  const n = exec.scenario.iterationInTest;
  const [login, token] = employee(n);
  punch(Math.floor(n / 1000) % 2 ? 'out' : 'in', token, `${login}-${uuid()}`);
}

export function watch({ config }) { subscribe(socketURL(config), 'private-company', admin, null, minutes * 60 * 1000); }

export function read() {
  get('/api/attendances/summary', admin);
  get('/api/attendances?limit=50', admin, 'history');
  sleep(2);
}
