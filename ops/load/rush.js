// The morning rush: people arrive around the start of their shift, open the page and check in; administrators have their
// dashboards open; some read the history.
//   TOKENS=tokens.csv BASE=http://127.0.0.1:8080 k6 run ops/load/rush.js        (PEAK check-ins per second, default 50)
import http from 'k6/http';
import exec from 'k6/execution';
import { sleep } from 'k6';
import { admin, base, employee, get, punch, uuid } from './common.js';
import { socketURL, subscribe } from './socket.js';

const peak = Number(__ENV.PEAK || 50);
const seconds = Number(__ENV.SECONDS || 60);

export const options = {
  discardResponseBodies: false,
  scenarios: {
    arrivals: {
      executor: 'ramping-arrival-rate', exec: 'arrive', startRate: 1, timeUnit: '1s', preAllocatedVUs: 100, maxVUs: 1000,
      stages: [{ target: peak / 4, duration: `${seconds / 4}s` }, { target: peak, duration: `${seconds / 4}s` }, { target: peak, duration: `${seconds / 4}s` }, { target: 1, duration: `${seconds / 4}s` }],
    },
    dashboards: { executor: 'per-vu-iterations', exec: 'watch', vus: 20, iterations: 1, maxDuration: `${seconds + 10}s` },
    readers: { executor: 'constant-vus', exec: 'read', vus: 10, duration: `${seconds}s` },
  },
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    'http_req_duration{name:check-in or out}': ['p(95)<500', 'p(99)<1000'],
    frame_delay_ms: ['p(99)<1000'],
    sockets_lost: ['count==0'],
    frames: ['count>0'],
  },
};

export function setup() { return { config: http.get(`${base}/api/config`).json() }; }

export function arrive() {
  const n = exec.scenario.iterationInTest;
  const [login, token] = employee(n);
  get('/', token, 'page');
  get('/api/me/today', token);
  punch(n < 1000 ? 'in' : 'out', token, `${login}-${uuid()}`);
}

export function watch({ config }) {
  get('/api/attendances/summary', admin);
  subscribe(socketURL(config), 'private-company', admin, null, seconds * 1000);
}

export function read() {
  get(`/api/attendances?limit=50&q=${['JKT', 'MKS', 'JYP'][exec.vu.idInTest % 3]}`, admin, 'history');
  get('/api/attendances/today?limit=100', admin, 'today');
  sleep(1);
}
