// So many people at once (USERS), each doing something every second or so: page, own day, check-in or check-out, own history.
//   TOKENS=tokens.csv USERS=300 k6 run ops/load/users.js
import exec from 'k6/execution';
import { sleep } from 'k6';
import { employee, get, punch, uuid } from './common.js';

export const options = {
  scenarios: { users: { executor: 'constant-vus', vus: Number(__ENV.USERS || 100), duration: `${__ENV.SECONDS || 30}s` } },
  thresholds: { http_req_failed: ['rate==0'], checks: ['rate==1'], http_req_duration: ['p(95)<3000', 'p(99)<5000'] },
  summaryTrendStats: ['min', 'med', 'p(95)', 'p(99)', 'max'],
};

export default function () {
  const [login, token] = employee(exec.vu.idInTest);
  get('/', token, 'page');
  get('/api/me/today', token);
  punch(exec.vu.iterationInScenario % 2 ? 'out' : 'in', token, `${login}-${uuid()}`);
  get('/api/attendances?limit=31', token, 'own history');
  sleep(0.5 + Math.random());
}
