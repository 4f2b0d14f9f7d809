import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../src/js/difference.js';
import { language } from '../src/js/language.js';
import { ago, moment, percent } from '../src/js/moments.js';

test('what differs between two rows', () => {
  /** @type {[string, unknown, unknown, unknown[]][]} */
  const cases = [
    ['nothing', { a: 1 }, { a: 1 }, []],
    ['neither row', null, null, []],
    ['a field', { a: 1, b: 2 }, { a: 1, b: 3 }, [{ field: 'b', before: 2, after: 3 }]],
    ['a new row', null, { a: 1 }, [{ field: 'a', before: undefined, after: 1 }]],
    ['a row that went', { a: 1 }, null, [{ field: 'a', before: 1, after: undefined }]],
    ['a field that came', {}, { a: null }, [{ field: 'a', before: undefined, after: null }]],
    ['a list', { a: [1] }, { a: [1, 2] }, [{ field: 'a', before: [1], after: [1, 2] }]],
    ['a nested field', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, [{ field: 'a.c', before: 2, after: 3 }]],
    ['a nested row that came', { a: null }, { a: { b: 1 } }, [{ field: 'a', before: null, after: { b: 1 } }]],
    ['a text', 'x', 'y', [{ field: '', before: 'x', after: 'y' }]],
    ['a list for a row', { a: 1 }, [1], [{ field: '', before: { a: 1 }, after: [1] }]],
  ];
  for (const [name, before, after, want] of cases) assert.deepEqual(differences(before, after), want, name);
});

test('a ratio just under the bar is never shown as the bar', () => {
  assert.equal(percent(0.98999), '98,99%');
  assert.equal(percent(1), '100%');
  assert.equal(percent(null), '');
});

test('an instant is shown by the clock of 24 hours in every language', (t) => {
  const { now } = language.state;
  t.after(() => Object.assign(language.state, { now }));
  const [midnight, evening] = [new Date(2026, 10, 23, 0, 5), new Date(2026, 10, 23, 22, 5)]; // by this device's clock
  assert.deepEqual([moment(midnight), moment(evening)], ['23 Nov 2026, 00.05.00', '23 Nov 2026, 22.05.00']);
  language.state.now = 'en';
  assert.deepEqual([moment(midnight), moment(evening)], ['Nov 23, 2026, 00:05:00', 'Nov 23, 2026, 22:05:00']);
});

test('how long ago', () => {
  const now = Date.parse('2026-11-23T02:00:00Z');
  for (const [instant, want] of [
    ['2026-11-23T01:59:55Z', '5 detik yang lalu'],
    ['2026-11-23T02:00:05Z', '0 detik yang lalu'],
    ['2026-11-23T01:50:00Z', '10 menit yang lalu'],
    ['2026-11-22T02:00:00Z', '24 jam yang lalu'],
    ['2026-11-13T02:00:00Z', '10 hari yang lalu'],
    [null, ''],
  ])
    assert.equal(ago(instant, now), want);
});
