import assert from 'node:assert/strict';
import { test } from 'node:test';
import { language, zonesDiffer } from '../src/js/language.js';
import { Highlights, keeper, row } from '../src/js/rows.js';
import { speak } from './words.js';

speak();

Object.assign(globalThis, { document: { documentElement: {} } });
const day = (employee, status = 'pending') => ({
  employee_id: employee,
  work_date: '2026-11-23',
  zone: 'Asia/Jakarta',
  status,
});
const never = () => false;

test('only what changed gets a row of its own', () => {
  const rowsOf = keeper();
  const days = [day(1), day(2), day(3)];
  const first = rowsOf(days, never);
  assert.deepEqual(
    first.map((r) => [r.key, r.status, r.fresh]),
    [
      ['1/2026-11-23', 'pending', false],
      ['2/2026-11-23', 'pending', false],
      ['3/2026-11-23', 'pending', false],
    ],
  );
  days[1] = day(2, 'present');
  const second = rowsOf(days, (key) => key === '2/2026-11-23');
  assert.equal(second[0], first[0]);
  assert.equal(second[2], first[2]);
  assert.deepEqual([second[1].status, second[1].fresh], ['present', true]);
  const third = rowsOf(days, never);
  assert.equal(third[0], first[0]);
  assert.equal(third[1].fresh, false);
});

test('rows follow the language, and those that left are forgotten', () => {
  const rowsOf = keeper();
  const one = day(1);
  const first = rowsOf([one], never);
  language.state.now = 'en';
  const english = rowsOf([one], never);
  assert.notEqual(english[0].statusText, first[0].statusText);
  rowsOf([], never);
  assert.notEqual(rowsOf([one], never)[0], english[0]);
  language.state.now = 'id';
});

test('rows of several zones say which, in either language', () => {
  const branches = ['Asia/Jakarta', 'Asia/Pontianak', 'Asia/Makassar'].map((zone) => ({ zone }));
  assert.equal(zonesDiffer(branches.slice(0, 2)), false); // their clocks agree
  assert.equal(zonesDiffer(branches), true);
  const came = { ...day(1, 'present'), first_in: '2026-11-23T01:00:00Z' };
  for (const lang of /** @type {const} */ (['id', 'en'])) {
    language.state.now = lang;
    assert.deepEqual([row(came).zone, row(came, true).zone, row(day(1), true).zone], ['', 'WIB', '']);
    assert.equal(row({ ...came, zone: 'Asia/Makassar' }, true).zone, 'WITA');
    assert.equal(row({ ...came, zone: 'Europe/Berlin' }, true).zone, 'GMT+1');
  }
  language.state.now = 'id';
});

test('what changed is highlighted for a moment, and forgotten although nobody drew it', () => {
  let now = 0;
  const fresh = new Highlights(2500, () => now);
  fresh.add(Array.from({ length: 5000 }, (_, i) => `${i}`));
  now = 2000;
  fresh.add(['0']);
  assert.deepEqual([fresh.has('0'), fresh.has('1'), fresh.has('x')], [true, true, false]);
  now = 2500;
  assert.deepEqual([fresh.has('0'), fresh.has('1')], [true, false]);
  fresh.add(['x']);
  assert.equal(fresh.size, 2);
});
