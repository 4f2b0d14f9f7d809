// What the load scripts share: where the server is, who is signed in, and the Pusher protocol.
import http from 'k6/http';
import { SharedArray } from 'k6/data';
import { check } from 'k6';

export const base = __ENV.BASE || 'http://127.0.0.1:8080';

// people is [login, token] per line, as 'hadir demo --tokens N' prints it; the administrator comes first.
export const people = new SharedArray('people', () => open(__ENV.TOKENS).trim().split('\n').map((line) => line.split(',')));
export const admin = people[0][1];
export function employee(n) { return people[1 + (n % (people.length - 1))]; }

export function headers(token, more = {}) { return { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...more }; }

export function get(path, token, name) {
  const r = http.get(base + path, { headers: headers(token), tags: { name: name || path.split('?')[0] } });
  check(r, { 'answered 200': (x) => x.status === 200 });
  return r;
}

// punch checks in or out; the key makes a repetition the same punch.
export function punch(direction, token, key) {
  const r = http.post(`${base}/api/attendances/check-${direction}`, '{"confirm":true}', { headers: headers(token, { 'Idempotency-Key': key }), tags: { name: 'check-in or out' } });
  check(r, { 'punch acknowledged': (x) => x.status === 201 || x.status === 200 });
  return r;
}

export function uuid() { return `${Date.now()}-${Math.random().toString(36).slice(2)}`; }
