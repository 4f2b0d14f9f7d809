import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, lastDay, pending, period, progressed } from '../src/js/reports.js';

test('events move a report forward, and late ones do not bring it back', () => {
  const running = { id: 1, state: 'running', progress: 40, size: 0 };
  assert.deepEqual(progressed(running, { id: 1, state: 'running', progress: 60 }), {
    id: 1,
    state: 'running',
    progress: 60,
    size: 0,
  });
  assert.equal(
    progressed(running, { id: 1, state: 'running', progress: 0 }).progress,
    0,
    'another worker started over',
  );
  assert.equal(progressed(running, { id: 1, state: 'done', progress: 100 }).state, 'done');
  for (const state of ['done', 'cancelled', 'expired'])
    assert.equal(progressed({ ...running, state }, { id: 1, state: 'running', progress: 60 }).state, state);
  assert.equal(
    progressed({ ...running, state: 'failed' }, { id: 1, state: 'running', progress: 0 }).state,
    'running',
    'an operator retried it',
  );
});

test('what is pending', () => {
  assert.deepEqual(
    ['queued', 'running', 'done', 'failed', 'cancelled', 'expired'].filter((state) => pending({ state })),
    ['queued', 'running'],
  );
});

test('whole months are told from other spans', () => {
  assert.deepEqual(period({ from: '2026-02-01', to: '2026-02-28' }), { month: '2026-02' });
  assert.deepEqual(period({ from: '2028-02-01', to: '2028-02-29' }), { month: '2028-02' });
  assert.deepEqual(period({ from: '2026-12-01', to: '2026-12-31' }), { month: '2026-12' });
  for (const [from, to] of [
    ['2026-02-01', '2026-03-31'],
    ['2026-02-02', '2026-02-28'],
    ['2026-02-01', '2026-02-27'],
  ])
    assert.deepEqual(period({ from, to }), { from, to });
});

test('sizes', () => {
  assert.equal(bytes(0, 'en'), '0 byte');
  assert.equal(bytes(1234, 'en'), '1.2 kB');
  assert.equal(bytes(1234, 'id'), '1,2 kB');
  assert.equal(bytes(45678, 'en'), '46 kB');
  assert.equal(bytes(12345678, 'en'), '12 MB');
});

test('the last day of a report is by the clocks of who reads, not by UTC', () => {
  const report = { expires_at: '2026-12-05T18:00:00Z' };
  assert.equal(lastDay(report, 'Asia/Jakarta'), '6 Des');
  assert.equal(lastDay(report, 'UTC'), '5 Des');
});
