// Many sockets (SOCKETS) on the company's channel while check-ins come at a steady rate (RATE per second).
//   TOKENS=tokens.csv SOCKETS=1000 k6 run ops/load/sockets.js
import http from 'k6/http';
import exec from 'k6/execution';
import { sleep } from 'k6';
import { admin, base, employee, punch, uuid } from './common.js';
import { socketURL, subscribe } from './socket.js';

const sockets = Number(__ENV.SOCKETS || 500);
const seconds = Number(__ENV.SECONDS || 30);

export const options = {
  scenarios: {
    sockets: { executor: 'per-vu-iterations', exec: 'listen', vus: sockets, iterations: 1, maxDuration: `${seconds + 40}s` },
    punches: { executor: 'constant-arrival-rate', exec: 'arrive', rate: Number(__ENV.RATE || 10), timeUnit: '1s', duration: `${seconds}s`, startTime: '15s', preAllocatedVUs: 20 },
  },
  thresholds: { http_req_failed: ['rate==0'], sockets_subscribed: [`count==${sockets}`], sockets_lost: ['count==0'], frames: ['count>0'], frame_delay_ms: ['p(99)<1000'] },
};

export function setup() { return { config: http.get(`${base}/api/config`).json() }; }

export function listen({ config }) {
  sleep(10 * (exec.vu.idInTest / sockets)); // not all in one instant
  subscribe(socketURL(config), 'private-company', admin, null, (seconds + 16) * 1000);
}

export function arrive() {
  const n = exec.scenario.iterationInTest;
  const [login, token] = employee(n);
  punch(n % 2 ? 'in' : 'out', token, `${login}-${uuid()}`);
}
