import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsNothing, Feed } from '../src/js/feed.js';

const day = (employee, version, punch, direction = 'in', minute = punch) => ({
  employee_id: employee,
  work_date: '2026-11-23',
  version,
  last_punch: punch && { id: punch, direction, occurred_at: new Date(Date.UTC(2026, 10, 23, 1, minute)).toJSON() },
});
const all = () => true;

test('each punch is told once, the latest first, whatever the order of the news', () => {
  const f = new Feed();
  f.take([day(1, 1, 10), day(2, 1, 12)]);
  f.take([day(1, 2, 13, 'break_out'), day(2, 1, 12), day(3, 1, 11)]);
  assert.deepEqual(
    f.latest(all, 9).map((d) => d.last_punch.id),
    [13, 12, 11, 10],
  );
  assert.equal(f.latest(all, 1)[0].last_punch.direction, 'break_out');
  assert.deepEqual(
    f.latest((d) => d.employee_id === 1, 9).map((d) => d.last_punch.id),
    [13, 10],
  );
});

const ids = (f) => f.latest(all, 99).map((d) => d.last_punch.id);

test('what was struck out or taken back leaves, and what is older news brings nothing back', () => {
  const f = new Feed();
  const of = (version, punch, n) => ({ ...day(1, version, punch), punch_count: n });
  f.take([of(1, 10, 1), day(2, 1, 11)]);
  f.take([of(2, 13, 2), of(3, 14, 3)]);
  f.take([of(4, 13, 2)]);
  assert.deepEqual(ids(f), [13, 11, 10], 'the last one');
  f.take([of(3, 14, 3)]);
  assert.deepEqual(ids(f), [13, 11, 10], 'news that is late');
  f.take([of(5, 13, 2), of(6, 13, 1)]);
  assert.deepEqual(ids(f), [13, 11], 'an earlier one');
  f.take([of(7, 0, 0)]);
  assert.deepEqual(ids(f), [11], 'the only one');
});

test('a snapshot tells of punches that went while nobody listened', () => {
  const f = new Feed();
  f.take([day(1, 1, 10), day(2, 1, 11), day(3, 1, 12), { ...day(4, 1, 13), branch_id: 2 }]);
  f.begin();
  f.take([day(5, 1, 14)]);
  f.load([day(2, 1, 11)], 1, (d) => d.branch_id !== 2);
  assert.deepEqual(ids(f), [14, 13, 11, 10], 'what is older than a full snapshot, or another branch, is not in it');
  f.begin();
  f.take([day(5, 2, 0)]);
  f.load([day(5, 1, 14)], 2);
  assert.deepEqual(ids(f), [], 'nor does a snapshot undo what an event said after it');
});

test('a punch that waited on a device stands where it was made', () => {
  const f = new Feed();
  f.take([day(1, 1, 10, 'in', 30), day(2, 1, 11, 'in', 40), day(3, 1, 12, 'in', 5), day(4, 1, 13, 'in', 40)]);
  assert.deepEqual(
    f.latest(all, 9).map((d) => d.last_punch.id),
    [13, 11, 10, 12],
  );
});

test('a day that was computed again is no news, but its verdict is shown', () => {
  const f = new Feed();
  f.take([{ ...day(1, 2, 10), status: 'late' }]);
  f.take([{ ...day(1, 3, 10), status: 'present' }, { ...day(1, 1, 10), status: 'pending' }, day(2, 4, 0)]);
  assert.deepEqual(
    f.latest(all, 9).map((d) => d.status),
    ['present'],
  );
});

test('what is kept is bounded', () => {
  const f = new Feed();
  for (let i = 1; i <= 1000; i++) f.take([day(i, 1, i)]);
  assert.equal(f.latest(all, Infinity).length, 200);
  assert.equal(f.latest(all, 1)[0].last_punch.id, 1000);
});

test('a way out that does not count is told so, until another one does', () => {
  const out = day(1, 2, 10, 'out');
  assert.equal(endsNothing(out), true, 'right after the way in');
  assert.equal(endsNothing({ ...out, last_out: out.last_punch.occurred_at }), false);
  assert.equal(endsNothing({ ...out, last_out: '2026-11-23T00:30:00Z' }), true, 'outside of the window');
  assert.equal(endsNothing({ ...out, last_out: '2026-11-23T10:00:00Z' }), false, 'followed by one that counts');
  assert.equal(endsNothing(day(1, 1, 10)), false, 'a way in');
});
