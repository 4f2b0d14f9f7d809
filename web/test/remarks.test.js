import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earlyBy, lateBy, remarkText, signOf } from '../src/js/remarks.js';
import { speak } from './words.js';

speak();

test('a day shows its status with every remark, and says them in words', () => {
  const day = { status: 'present', flags: ['early_out', 'corrected'], late_minutes: 0 };
  assert.equal(signOf(day), 'H↓*');
  assert.equal(remarkText(day), 'pulang cepat, dikoreksi');
  assert.equal(signOf({ status: 'late', flags: [], late_minutes: 7 }), 'T');
  assert.equal(signOf({ status: 'half_day', flags: [], late_minutes: 7 }), '½>');
  assert.equal(remarkText({ status: 'present', flags: ['unheard_of'] }), 'unheard_of');
  assert.equal(remarkText({ status: 'present' }), '');
});

test('who is late or early by seconds is so by less than a minute', () => {
  assert.equal(lateBy({ status: 'late', late_minutes: 7 }), '7 mnt');
  assert.equal(lateBy({ status: 'late', late_minutes: 0 }), '< 1 mnt');
  assert.equal(lateBy({ status: 'present', late_minutes: 0 }), '');
  assert.equal(earlyBy({ early_minutes: 12, flags: ['early_out'] }), '12 mnt');
  assert.equal(earlyBy({ early_minutes: 0, flags: ['early_out'] }), '< 1 mnt');
  assert.equal(earlyBy({ early_minutes: 0 }), '');
});
