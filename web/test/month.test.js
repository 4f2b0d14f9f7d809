import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastOf, moveMonth, totals, weeksOf } from '../src/js/month.js';

test('weeks begin on Monday and hold the whole month', () => {
  const weeks = weeksOf('2026-11'); // begins on a Sunday
  assert.deepEqual(weeks[0], ['', '', '', '', '', '', '2026-11-01']);
  assert.equal(weeks.length, 6);
  assert.equal(weeks.flat().filter(Boolean).length, 30);
  assert.equal(weeksOf('2027-02').length, 4); // 28 days from a Monday
  assert.equal(lastOf('2028-02'), '2028-02-29');
});

test('months go over the year', () => {
  assert.equal(moveMonth('2026-12', 1), '2027-01');
  assert.equal(moveMonth('2026-01', -1), '2025-12');
});

test('a month adds up', () => {
  const day = (status, late, worked, overtime) => ({
    status,
    late_minutes: late,
    worked_minutes: worked,
    overtime_minutes: overtime,
  });
  assert.deepEqual(totals([day('present', 0, 480, 0), day('late', 12, 470, 30), day('late', 3, 0, 0)]), {
    counts: { present: 1, late: 2 },
    late: 15,
    worked: '15:50',
    overtime: '0:30',
  });
});
