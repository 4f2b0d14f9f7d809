import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Days, byPerson } from '../src/js/days.js';

const day = (employee, version, extra = {}) => ({ employee_id: employee, work_date: '2026-11-23', version, ...extra });
const versions = (days) => Object.fromEntries([...days.values()].map((d) => [d.employee_id, d.version]));

test('versions only rise, whatever the order', () => {
  const d = new Days();
  assert.equal(d.merge([day(1, 2)]).length, 1);
  assert.equal(d.merge([day(1, 1)]).length, 0);
  assert.equal(d.merge([day(1, 2)]).length, 0);
  assert.equal(d.merge([day(1, 3), day(2, 1)]).length, 2);
  assert.deepEqual(versions(d), { 1: 3, 2: 1 });
});

test('an event during the snapshot survives an older snapshot', () => {
  const d = new Days();
  d.begin();
  d.merge([day(1, 5), day(3, 1)]);
  d.finish([day(1, 4), day(2, 0)]);
  assert.deepEqual(versions(d), { 1: 5, 2: 0, 3: 1 });
});

test('what a reconnect missed is news, and what is over is gone', () => {
  const d = new Days();
  d.begin();
  d.finish([day(1, 1), day(9, 1)]);
  d.begin();
  assert.deepEqual(
    d.finish([day(1, 2), day(2, 1)]).map((x) => x.employee_id),
    [1, 2],
  );
  assert.deepEqual(versions(d), { 1: 2, 2: 1 });
});

test('a reading that was given up leaves everything as it was', () => {
  const d = new Days();
  d.merge([day(1, 1)]);
  d.begin();
  d.merge([day(2, 1)]);
  d.begin();
  d.finish([day(1, 1), day(2, 1)]);
  assert.deepEqual(versions(d), { 1: 1, 2: 1 });
});

test('days are listed as the server lists them', () => {
  const night = day(2, 1, { work_date: '2026-11-22' });
  assert.deepEqual([day(10, 1), day(2, 1), night].sort(byPerson), [night, day(2, 1), day(10, 1)]);
});
