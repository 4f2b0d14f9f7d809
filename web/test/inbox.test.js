import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ui } from '../src/js/ui.js';
import { browser, server } from './pages.js';
import { heard } from './stand_ins/live.js';
import { speak } from './words.js';

speak();
mock.timers.enable({ apis: ['setTimeout'] });

const toasts = [];
ui(
  /** @type {any} */ ({
    reactive: (state) => ('list' in state ? { ...state, list: toasts } : state),
    data: () => {},
  }),
);
const { inbox, seen, watchInbox } = await import('../src/js/inbox.js');

const admin = { id: 1, role: 'admin' };
const employee = { id: 7, role: 'employee', employee_id: 4 };
const settled = () => new Promise((r) => setImmediate(r));
const decision = (more = {}) => ({
  type: 'leave',
  id: 3,
  employee_id: 4,
  state: 'refused',
  from: '2026-11-02',
  to: '2026-11-02',
  decided_by: 1,
  decided_at: '2026-11-01T01:00:00Z',
  decision_note: 'ramai',
  ...more,
});

beforeEach(() => {
  browser();
  heard.clear();
  toasts.length = 0;
  Object.assign(inbox.state, { waiting: {}, decisions: [], tried: false });
});

test('an admin is told what waits by page, and again when a request or the number of reviews changes', async () => {
  const { next, asked } = server();
  watchInbox(admin);
  (await next('/api/waiting')).answer({ leave_requests: 3, corrections: 1, reviews: 2 });
  await settled();
  await settled();
  assert.deepEqual(inbox.state.waiting, { izin: 3, koreksi: 1, ditinjau: 2 });
  assert.equal(asked.length, 0, 'nobody decided about an account without an employee');
  const waits = async () => {
    mock.timers.tick(10_000);
    await settled();
    return asked.splice(0).length;
  };
  heard.get('request.changed')(decision());
  heard.get('request.changed')(decision({ id: 5 }));
  assert.equal(await waits(), 1, 'many at once are one reading');
  heard.get('summary.refreshed')({ branch_id: 1, to_review: 2 });
  assert.equal(await waits(), 1);
  heard.get('summary.refreshed')({ branch_id: 1, to_review: 2 });
  assert.equal(await waits(), 0, 'a summary that says the same');
  heard.get('summary.refreshed')({ branch_id: 1, to_review: 3 });
  assert.equal(await waits(), 1);
  assert.deepEqual(toasts, [], 'about others');
});

test('an answer that was overtaken does not bring old numbers back, and a failed one keeps them', async () => {
  const { next } = server();
  watchInbox(admin);
  const first = await next('/api/waiting');
  heard.get('request.changed')(decision());
  mock.timers.tick(2000);
  (await next('/api/waiting')).answer({ leave_requests: 1, corrections: 0, reviews: 0 });
  await settled();
  await settled();
  first.answer({ leave_requests: 9, corrections: 9, reviews: 9 });
  await settled();
  await settled();
  assert.equal(inbox.state.waiting.izin, 1);
  heard.get('request.changed')(decision());
  mock.timers.tick(2000);
  (await next('/api/waiting')).refuse(503);
  await settled();
  await settled();
  assert.equal(inbox.state.waiting.izin, 1);
});

test('an employee reads a decision with its reason once, and what they decided themselves never', async () => {
  const { next, asked } = server();
  watchInbox(employee);
  (await next('/api/me/decisions')).answer({ items: [decision()] });
  await settled();
  await settled();
  assert.deepEqual([inbox.state.decisions.length, inbox.state.tried, asked.length], [1, true, 0]);
  const hear = heard.get('request.changed');
  hear(decision({ id: 8 }));
  hear(decision({ id: 8 })); // on another channel
  hear(decision({ id: 9, state: 'pending' }));
  hear(decision({ id: 10, decided_by: 7 }));
  hear(decision({ id: 11, employee_id: 5 }));
  assert.equal(toasts.length, 1);
  assert.match(toasts[0].message, /ditolak.* – ramai$/);
});

test('what was seen is gone at once, and an older answer does not bring it back', async () => {
  const { next } = server();
  watchInbox(employee);
  (await next('/api/me/decisions')).answer({ items: [decision()] });
  await settled();
  await settled();
  heard.get('request.changed')(decision({ id: 12 }));
  mock.timers.tick(2000);
  const late = await next('/api/me/decisions');
  seen();
  const { method, body } = await next('/api/me/decisions/read');
  assert.deepEqual([method, body.items], ['POST', [{ type: 'leave', id: 3, state: 'refused' }]], 'what was shown');
  late.answer({ items: [decision()] });
  await settled();
  await settled();
  assert.deepEqual(inbox.state.decisions, []);
});
