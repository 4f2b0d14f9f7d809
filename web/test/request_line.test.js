import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summary } from '../src/js/request_line.js';
import { speak } from './words.js';

speak();

const at = '2026-11-27T01:00:00Z';
const asked = {
  type: 'correction',
  id: 4,
  work_date: '2026-11-27',
  direction: 'in',
  occurred_at: at,
  zone: 'Asia/Jakarta',
};
const said = (q) => [summary(q).stateText, summary(q).mark];

test('a correction is done when its punch is recorded, not when it is approved', () => {
  assert.deepEqual(said({ ...asked, state: 'pending' }), ['Menunggu', 'pending']);
  assert.deepEqual(said({ ...asked, state: 'approved' }), ['Disetujui, belum dicatat', 'pending']);
  assert.deepEqual(said({ ...asked, state: 'approved', punch_id: 7 }), ['Disetujui', 'present']);
  const without = {
    ...asked,
    direction: '',
    occurred_at: undefined,
    void_punch_id: 3,
    void_direction: 'in',
    void_at: at,
  };
  assert.deepEqual(said({ ...without, state: 'approved' }), ['Disetujui', 'present'], 'it only takes a punch away');
  const leave = { type: 'leave', id: 5, kind: 'annual', from: '2026-11-27', to: '2026-11-27' };
  assert.deepEqual(said({ ...leave, state: 'approved' }), ['Disetujui', 'present']);
});
