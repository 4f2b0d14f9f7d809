import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Days, follow } from '../src/js/days.js';

const day = (employee, version, extra = {}) => ({ employee_id: employee, work_date: '2026-11-23', version, ...extra });
const versions = (days) => Object.fromEntries([...days.values()].map((d) => [d.employee_id, d.version]));

// rig is a follow() whose subscription and snapshots the test drives.
function rig() {
  const days = new Days();
  const asked = [];
  const changes = [];
  const r = { days, asked, changes, waits: 0 };
  follow({
    days,
    subscribe: (ready, onDays) => { r.ready = ready; r.event = (...d) => onDays(d); },
    snapshot: () => new Promise((resolve, reject) => { asked.push({ resolve, reject }); }),
    onChange: (news, from) => changes.push([from, news.map((d) => d.employee_id)]),
    wait: async () => { r.waits += 1; },
  });
  return r;
}
const settle = () => new Promise((r) => setImmediate(r));

test('nothing is fetched before the subscription stands', () => {
  const r = rig();
  assert.equal(r.asked.length, 0);
  r.ready();
  assert.equal(r.asked.length, 1);
});

test('versions only rise, whatever the order', () => {
  const d = new Days();
  assert.equal(d.merge([day(1, 2)]).length, 1);
  assert.equal(d.merge([day(1, 1)]).length, 0);
  assert.equal(d.merge([day(1, 2)]).length, 0);
  assert.equal(d.merge([day(1, 3), day(2, 1)]).length, 2);
  assert.deepEqual(versions(d), { 1: 3, 2: 1 });
});

test('an event during the snapshot survives an older snapshot', async () => {
  const r = rig();
  r.ready();
  r.event(day(1, 5), day(3, 1));
  r.asked[0].resolve([day(1, 4), day(2, 0)]);
  await settle();
  assert.deepEqual(versions(r.days), { 1: 5, 2: 0, 3: 1 });
});

test('what a reconnect missed is fetched, and what is over is gone', async () => {
  const r = rig();
  r.ready();
  r.asked[0].resolve([day(1, 1), day(9, 1)]);
  await settle();
  r.ready();
  r.asked[1].resolve([day(1, 2), day(2, 1)]);
  await settle();
  assert.deepEqual(versions(r.days), { 1: 2, 2: 1 });
  assert.deepEqual(r.changes.at(-1), ['snapshot', [1, 2]]);
});

test('a snapshot overtaken by a newer start is dropped', async () => {
  const r = rig();
  r.ready();
  r.ready();
  r.asked[1].resolve([day(1, 3)]);
  await settle();
  r.asked[0].resolve([day(7, 1)]);
  await settle();
  assert.deepEqual(versions(r.days), { 1: 3 });
});

test('a failed snapshot is tried again', async () => {
  const r = rig();
  r.ready();
  r.asked[0].reject(new Error('503'));
  await settle();
  await settle();
  assert.equal(r.waits, 1);
  r.asked[1].resolve([day(1, 1)]);
  await settle();
  assert.deepEqual(versions(r.days), { 1: 1 });
});

test('events that are no news change nothing', async () => {
  const r = rig();
  r.ready();
  r.asked[0].resolve([day(1, 2)]);
  await settle();
  const before = r.changes.length;
  r.event(day(1, 1), day(1, 2));
  assert.equal(r.changes.length, before);
});
