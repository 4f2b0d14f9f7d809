import assert from 'node:assert/strict';
import { test } from 'node:test';
import { language } from '../src/js/language.js';
import { axis, clock, layout, runs, span, usual } from '../src/js/shifts.js';

const day = {
  start: '08:00',
  end: '17:00',
  opens_before: 120,
  closes_after: 240,
  late_grace: 10,
  early_grace: 0,
  break_minutes: 60,
  break_after: 240,
};

/** @type {[string, Record<string, string | number>, Record<string, unknown>][]} */
const cases = [
  ['a day', {}, { opens: 360, start: 480, end: 1020, closes: 1260, late: 490, hours: 24, overnight: false, rest: 60 }],
  [
    'a night',
    { start: '22:00', end: '06:00' },
    { opens: 1200, start: 1320, end: 1800, closes: 2040, hours: 48, overnight: true },
  ],
  ['round the clock', { start: '08:00', end: '08:00' }, { end: 1920, hours: 48, length: 1440 }],
  ['opening the day before', { start: '01:00', end: '05:00' }, { opens: -60, hours: 48, overnight: false }],
  ['ending at midnight', { start: '16:00', end: '00:00', closes_after: 0 }, { end: 1440, hours: 24, overnight: false }],
  ['too short for a break', { end: '12:00' }, { rest: 0 }],
  ['too short for a whole break', { end: '12:20' }, { rest: 20 }],
  ['breaks as punched', { break_mode: 'punched', break_minimum: 30 }, { rest: 30 }],
  ['the longer break', { break_mode: 'longer', break_minimum: 30 }, { rest: 60 }],
  ['rubbish for minutes', { opens_before: 'x', closes_after: '' }, { opens: 480, closes: 1020 }],
];
for (const [name, change, want] of cases) {
  test(`a shift is laid out: ${name}`, () => {
    const got = layout({ ...day, ...change });
    assert.ok(got);
    for (const [field, value] of Object.entries(want)) assert.equal(got[field], value, field);
    for (const p of [got.window, got.shift, got.grace])
      assert.ok(p.x >= 0 && p.width >= 0 && p.x + p.width <= 100.0001);
    assert.equal(got.midnights.length, got.hours / 24 - 1);
  });
}

test('shifts share one axis', () => {
  const night = { ...day, start: '22:00', end: '06:00' };
  const early = { ...day, start: '01:00', end: '05:00' };
  const ends = (...shifts) => Object.values(axis(shifts));
  assert.deepEqual(
    [ends(day), ends(day, night), ends(early, day), ends()],
    [
      [0, 1440],
      [0, 2880],
      [-1440, 1440],
      [0, 1440],
    ],
  );
  // 08:00 lies at the same place whichever bar it is in.
  const over = axis([day, night, early]);
  assert.deepEqual([over.from, over.to], [-1440, 2880]);
  assert.equal(layout(day, over)?.shift.x, layout({ ...night, start: '08:00', end: '07:00' }, over)?.shift.x);
  assert.deepEqual(layout(day, over)?.ticks, layout(night, over)?.ticks);
});

test('nothing is laid out of incomplete times', () => assert.equal(layout({ ...day, end: '' }), null));

test('a minute is shown with its date, by the clock of 24 hours in every language', (t) => {
  const { now } = language.state;
  t.after(() => Object.assign(language.state, { now }));
  /** @type {['id' | 'en', string[]][]} */
  const inLanguages = [
    ['id', ['00.00', '23.59', '00.00 (+1)', '10.00 (+1)', '23.00 (−1)', '22.00–00.00']],
    ['en', ['00:00', '23:59', '00:00 (+1)', '10:00 (+1)', '23:00 (−1)', '22:00–00:00']],
  ];
  for (const [name, shown] of inLanguages) {
    language.state.now = name;
    const night = span({ start: '22:00', end: '00:00' });
    assert.deepEqual([...[0, 1439, 1440, 2040, -60].map(clock), night], shown);
  }
});

test('a week is said in runs of days', () => {
  const name = (at) => 'SSRKJSM'[at] + at;
  const off = (id) => (id === '0' ? 'off' : `shift ${id}`);
  assert.equal(runs(['1', '1', '1', '1', '1', '0', '0'], name, off), 'S0–J4 shift 1, S5–M6 off');
  assert.equal(runs(['1', '2', '1', '1', '1', '1', '1'], name, off), 'S0 shift 1, S1 shift 2, R2–M6 shift 1');
  assert.equal(runs(['0', '0', '0', '0', '0', '0', '0'], name, off), 'S0–M6 off');
});

test('the usual shift is the earliest of those by day that are in use', () => {
  const shift = (id, start, end, active = true) => ({ id, start, end, active });
  const all = [shift(1, '13:00', '21:00'), shift(2, '22:00', '06:00'), shift(3, '08:00', '17:00')];
  assert.equal(usual(all)?.id, 3);
  assert.equal(usual([...all, shift(4, '06:00', '14:00', false)])?.id, 3, 'not one that is out of use');
  assert.equal(usual([all[1]]), undefined);
});
