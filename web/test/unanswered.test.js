import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unanswered } from '../src/js/unanswered.js';

const minute = 60_000;
const hour = 60 * minute;
const eight = Date.parse('2026-11-02T01:00:00Z');
const iso = (ms) => new Date(ms).toISOString();

test('two minutes with a server are for coming once more, however long it was away', () => {
  const lost = new Unanswered({ unanswered: '' });
  lost.add({ card: '1' }, 'in', eight, eight + 10_000);
  const back = eight + 20 * minute;
  assert.deepEqual(lost.at(back), [{ from: iso(eight), to: iso(eight + 10_000) }]);
  lost.answered(back);
  lost.answered(back + minute);
  assert.equal(lost.at(back + 2 * minute - 1).length, 1);
  assert.deepEqual(lost.at(back + 2 * minute), []);
  lost.answered(back + 2 * minute);
  assert.equal(lost.directionOf({ card: '1' }), '');
});

test('nobody comes once more in the evening', () => {
  const lost = new Unanswered({ unanswered: '' });
  lost.add({ card: '1' }, '', eight, eight + 10_000);
  assert.deepEqual(lost.at(eight + 10_000 + hour), []);
});

test('what the browser keeps has no person in it, and rubbish in it is forgotten', () => {
  const device = { unanswered: '' };
  const lost = new Unanswered(device);
  lost.add({ number: 'JKT-0001' }, 'in', eight, eight + 10_000);
  assert.deepEqual(JSON.parse(device.unanswered), [[eight, eight + 10_000]]);
  const anew = new Unanswered(device);
  assert.deepEqual([anew.at(eight + minute).length, anew.directionOf({ number: 'JKT-0001' })], [1, '']);
  for (let i = 1; i < 15; i++) lost.add({ card: '2' }, '', eight + i * 2 * minute, eight + i * 2 * minute);
  assert.equal(lost.at(eight + 30 * minute).length, 10);
  lost.end();
  assert.equal(device.unanswered, '');
  assert.deepEqual(new Unanswered({ unanswered: '{' }).at(eight), []);
});

test('many who are lost one after the other are one time', () => {
  const lost = new Unanswered({ unanswered: '' });
  for (let i = 0; i < 40; i++) lost.add({ card: `${i}` }, '', eight + i * 5000, eight + i * 5000 + 4000);
  assert.deepEqual(lost.at(eight + 5 * minute), [{ from: iso(eight), to: iso(eight + 39 * 5000 + 4000) }]);
});
