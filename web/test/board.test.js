import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Board, due, sums } from '../src/js/board.js';

const start = Date.parse('2026-11-23T01:00:00Z');
const day = (id, status, more = {}) => ({
  employee_id: id,
  employee_number: `E-${id}`,
  work_date: '2026-11-23',
  status,
  version: 1,
  shift_start: '2026-11-23T01:00:00Z',
  ...more,
});
const all = () => true;

test('the longest overdue comes first, and whoever comes leaves the list', () => {
  const b = new Board();
  b.load(
    [
      day(1, 'pending', { shift_start: '2026-11-23T02:00:00Z' }),
      day(2, 'pending'),
      day(3, 'pending', { shift_start: undefined }),
    ],
    [],
  );
  assert.deepEqual(
    b.pending(start, all, 9).map((d) => d.employee_id),
    [2, 1],
  );
  b.take([day(2, 'late', { version: 2, first_in: '2026-11-23T01:20:00Z' })]);
  assert.deepEqual(
    b.pending(start, all, 9).map((d) => d.employee_id),
    [1],
  );
  assert.deepEqual(
    b.late(all, 9).map((d) => d.employee_id),
    [2],
  );
});

test('a snapshot that an event overtook does not bring anybody back', () => {
  const b = new Board();
  b.take([day(1, 'present', { version: 2 })]);
  b.load([day(1, 'pending', { version: 0 })], []);
  assert.deepEqual(b.pending(start, all, 9), []);
});

test('the latest arrival leads the late list', () => {
  const b = new Board();
  b.load(
    [],
    [day(1, 'late', { first_in: '2026-11-23T01:11:00Z' }), day(2, 'late', { first_in: '2026-11-23T01:45:00Z' })],
  );
  assert.deepEqual(
    b.late(all, 1).map((d) => d.employee_id),
    [2],
  );
  assert.deepEqual(
    b.late((d) => d.employee_id === 1, 9).map((d) => d.employee_id),
    [1],
  );
});

test('minutes since the start, and sums up to now', () => {
  assert.equal(due(day(1, 'pending'), start + 90_000), 1);
  assert.equal(due(day(1, 'pending'), start - 1), -1);
  assert.deepEqual(sums([1, 0, 2]), [1, 1, 3]);
  assert.deepEqual(sums([1, 0, 2], 2), [1, 1, null]);
});

test('what events told while a snapshot was on its way is kept', () => {
  const b = new Board();
  b.begin();
  b.take([day(1, 'late', { version: 2, first_in: '2026-11-23T01:20:00Z' })]);
  b.load([day(1, 'pending', { version: 0 })], []);
  assert.deepEqual(
    b.late(all, 9).map((d) => d.employee_id),
    [1],
  );
  assert.equal(b.waiting, 0);
});
