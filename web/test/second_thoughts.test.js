import assert from 'node:assert/strict';
import { test } from 'node:test';
import { early, quick, undoable } from '../src/js/second_thoughts.js';

const noon = Date.parse('2026-11-23T05:00:00Z');
const punch = (id, direction, ago, more = {}) => ({
  id,
  direction,
  source: 'mobile',
  occurred_at: new Date(noon - ago * 1000).toISOString(),
  received_at: new Date(noon - ago * 1000).toISOString(),
  ...more,
});

test('the other direction within a minute is quick', () => {
  const inNow = [punch(1, 'in', 12)];
  assert.equal(quick('out', inNow, null, noon), 12);
  assert.equal(quick('in', inNow, null, noon), 0, 'the same again is a repeat');
  assert.equal(quick('out', [punch(1, 'in', 61)], null, noon), 0);
  assert.equal(quick('out', [punch(1, 'in', 12, { voided: {} })], null, noon), 0, 'it counts for nothing');
  assert.equal(quick('out', [], { direction: 'in', at: noon - 3000 }, noon), 3, 'tapped without network');
  assert.equal(quick('out', inNow, { direction: 'out', at: noon - 3000 }, noon), 0, 'the last one decides');
  assert.equal(quick('out', [punch(1, 'in', -30)], null, noon), 0, 'a device whose clock is behind');
});

test('leaving before the end of the shift is asked about, within the grace it is not', () => {
  const today = { zone: 'Asia/Jakarta', shift: { early_grace: 10 }, day: { shift_end: '2026-11-23T05:30:00Z' } };
  const end = noon + 30 * 60_000;
  assert.equal(early('out', today, noon), end);
  assert.equal(early('in', today, noon), null);
  assert.equal(early('out', today, end - 10 * 60_000), null);
  assert.equal(early('out', today, end - 10 * 60_000 - 1), end);
  assert.equal(early('out', { ...today, day: {} }, noon), null, 'without a shift');
  assert.equal(early('out', null, noon), null, 'nothing is known');
});

test('the last punch by the own hand can be taken back for a minute', () => {
  const all = [punch(1, 'in', 50), punch(2, 'out', 20)];
  assert.equal(undoable(all, noon).id, 2);
  assert.equal(undoable([...all, punch(3, 'out', 15, { duplicate_of: 2 })], noon).id, 2, 'as one with its repeat');
  assert.equal(undoable([all[0], { ...all[1], voided: {} }], noon).id, 1, 'then the one before');
  assert.equal(undoable(all, noon + 41_000), null);
  assert.equal(undoable([all[0], { ...all[1], source: 'terminal' }], noon), null);
  assert.equal(undoable([all[0], { ...all[1], source: 'kiosk' }], noon).id, 2);
  assert.equal(undoable([punch(1, 'in', 9000, { received_at: new Date(noon - 5).toISOString() })], noon).id, 1);
  assert.equal(undoable([], noon), null);
});
