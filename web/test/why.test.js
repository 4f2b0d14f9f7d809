import assert from 'node:assert/strict';
import { test } from 'node:test';
import { language } from '../src/js/language.js';
import { punchLine, timeline, why } from '../src/js/why.js';
import { allWords, speak } from './words.js';

speak();

test('every reason has a sentence in both languages, with its numbers', () => {
  const reasons = [
    { code: 'late', at: '2026-11-23T01:11:00Z', minutes: 11, limit: 10 },
    { code: 'leave', name: 'sick' },
    { code: 'half', minutes: 200, limit: 360 },
  ];
  assert.deepEqual(
    why(reasons, 'Asia/Jakarta').map((r) => r.sentence),
    [
      'Masuk pukul 08.11, 11 menit setelah shift mulai; toleransi hanya 10 menit.',
      'Disetujui: sakit.',
      'Bekerja 3:20, kurang dari 6:00: setengah hari.',
    ],
  );
  language.state.now = 'en';
  assert.equal(why(reasons, 'Asia/Jakarta')[1].sentence, 'Approved: sick.');
  language.state.now = 'id';
  for (const code of [
    'shift',
    'window',
    'day_off',
    'holiday',
    'leave',
    'waiting',
    'no_punch',
    'on_time',
    'grace',
    'late',
    'late_0',
    'no_check_in',
    'inside',
    'no_check_out',
    'early',
    'early_0',
    'left',
    'early_in',
    'late_out',
    'away',
    'away_fixed',
    'open_break',
    'break',
    'break_real',
    'break_least',
    'break_longer',
    'quick_in',
    'quick_out',
    'worked',
    'extra',
    'half',
    'short',
    'repeat',
    'off',
    'offline',
    'outside',
    'inaccurate',
    'exact',
    'foreign_network',
    'same_place',
    'too_fast',
    'shared_device',
    'shared_device_0',
    'own_kiosk',
    'clock',
    'corrected',
    'stored',
  ]) {
    assert.ok(allWords('id')[`why.${code}`] && allWords('en')[`why.${code}`], code);
  }
});

test('seconds late or early are less than a minute', () => {
  language.state.now = 'id';
  const lines = why(
    [
      { code: 'late', at: '2026-11-23T01:00:47Z' },
      { code: 'early', at: '2026-11-23T09:59:30Z' },
    ],
    'Asia/Jakarta',
  );
  assert.deepEqual(
    lines.map((line) => line.sentence),
    [
      'Masuk pukul 08.00, kurang dari 1 menit setelah shift mulai; shift ini tanpa toleransi.',
      'Pulang pukul 16.59, kurang dari 1 menit sebelum shift selesai; shift ini tanpa toleransi.',
    ],
  );
});

test('a slip is told in seconds', () => {
  const [line] = why(
    [{ code: 'quick', name: 'out', at: '2026-11-23T01:00:12Z', until: '2026-11-23T01:00:00Z', punch: 2 }],
    'Asia/Jakarta',
  );
  assert.match(line.sentence, /hanya 12 detik setelah masuk/);
});

test('the time line spans the window and whatever lies outside of it', () => {
  const day = {
    window_opens: '2026-11-23T00:00:00Z',
    window_closes: '2026-11-23T10:00:00Z',
    shift_start: '2026-11-23T02:00:00Z',
    shift_end: '2026-11-23T07:00:00Z',
    first_in: '2026-11-23T02:00:00Z',
  };
  const line = timeline(day, [
    { id: 1, occurred_at: '2026-11-23T02:00:00Z', direction: 'in' },
    { id: 2, occurred_at: '2026-11-23T02:00:30Z', direction: 'in', duplicate_of: 1 },
  ]);
  assert.ok(line);
  assert.deepEqual(line.window, { x: 0, width: 100 });
  assert.deepEqual(line.shift, { x: 20, width: 50 });
  assert.equal(line.presence, null);
  assert.deepEqual(
    line.marks.map((m) => m.kind),
    ['in', 'repeat'],
  );
  assert.equal(timeline(day, [{ id: 3, occurred_at: '2026-11-22T14:00:00Z', direction: 'in' }])?.window?.x, 50);
  assert.equal(timeline({}, []), null);
});

test('a punch tells its evidence', () => {
  const line = punchLine(
    {
      id: 1,
      direction: 'in',
      occurred_at: '2026-11-23T01:00:00Z',
      received_at: '2026-11-23T03:00:00Z',
      offline: true,
      source: 'mobile',
      fix: { accuracy: 12.4 },
      distance: 812.6,
      outside_area: true,
      note: 'hujan',
    },
    'Asia/Jakarta',
  );
  assert.equal(line.time, '08.00.00');
  assert.match(
    line.remarks,
    /dicatat luring, diterima 23 Nov 10\.00 · di luar area: 813 m dari lokasi, ±12 m · catatan: hujan/,
  );
});

test('what is hard to believe is told with its numbers', () => {
  language.state.now = 'id';
  const at = '2026-11-23T01:10:00Z';
  const [fast, shared, secret] = why(
    [
      { code: 'too_fast', at, minutes: 42_000, limit: 600, punch: 1 },
      { code: 'shared_device', at, name: 'Andi (JKT-1)', punch: 1 },
      { code: 'shared_device', at, punch: 1 },
    ],
    'Asia/Jakarta',
  ).map((r) => r.sentence);
  assert.equal(
    fast,
    'Absensi pukul 08.10 berjarak 42 km dari absensi lain yang berselang 10 menit: sekitar 252 km/jam.',
  );
  assert.match(shared, /juga dipakai Andi \(JKT-1\)\.$/);
  assert.match(secret, /juga dipakai karyawan lain\.$/, 'whoever may not see them does not learn who');
  const punch = {
    id: 1,
    direction: 'in',
    occurred_at: at,
    received_at: at,
    source: 'mobile',
    fix: { accuracy: 0 },
    distance: 20,
    outside_area: false,
    doubts: ['exact', 'too_fast', 'unheard_of'],
    moved: { metres: 42_000, seconds: 45 },
  };
  const line = punchLine(punch, 'Asia/Jakarta');
  assert.match(
    line.remarks,
    /· posisi tanpa selisih sama sekali · 42 km dari absensi lain dalam 45 detik · unheard_of$/,
  );
  assert.ok(line.outside);
});

test('one minute is one minute', () => {
  language.state.now = 'en';
  try {
    const [late] = why([{ code: 'late', at: '2026-11-23T01:01:00Z', minutes: 1, limit: 0 }], 'Asia/Jakarta');
    assert.match(late.sentence, / 1 minute after /);
  } finally {
    language.state.now = 'id';
  }
});
