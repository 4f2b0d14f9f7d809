import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacks, planned, proposed } from '../src/js/day_fix.js';
import { browser, pageOf, server } from './pages.js';
import { session } from './stand_ins/start.js';
import { speak } from './words.js';

speak();
browser();

const day = (version, more = {}) => ({
  employee_id: 4,
  employee_number: 'JKT-0004',
  employee_name: 'Siti',
  branch_id: 1,
  work_date: '2026-11-02',
  zone: 'Asia/Jakarta',
  status: 'incomplete',
  flags: [],
  first_in: '2026-11-02T01:00:00Z',
  shift_start: '2026-11-02T01:00:00Z',
  shift_end: '2026-11-02T10:00:00Z',
  version,
  ...more,
});
const gone = { last_out: '2026-11-02T10:00:00Z', status: 'present' };
const never = { first_in: undefined, status: 'absent' };
const detail = (version, more = {}) => ({ day: day(version, more), why: [], punches: [], punches_before: '' });
const path = '/api/attendances/4/2026-11-02';
const correct = '/api/corrections/at-once';

// opened is Riwayat with the drawer of a day open.
async function opened(one) {
  const asked = server();
  const page = await pageOf('riwayat');
  page.show('4/2026-11-02');
  (await asked.next(path)).answer(one);
  while (!page.detailReady) await new Promise((r) => setImmediate(r));
  return { page, ...asked };
}

test('what a day lacks, and when its shift would have had it', () => {
  const now = Date.parse('2026-11-03T03:00:00Z');
  const of = (more) => proposed(day(1, more), now);
  assert.deepEqual([lacks(day(1)), lacks(day(1, gone)), lacks(day(1, never))], ['out', '', 'both']);
  assert.equal(lacks(day(1, { ...never, ...gone })), 'in');
  assert.deepEqual(of({}), { direction: 'out', time: '17:00', next_day: false });
  assert.deepEqual(of(never), { direction: 'in', time: '08:00', next_day: false });
  assert.deepEqual(of({ ...never, ...gone }), { direction: 'in', time: '08:00', next_day: false });
  assert.deepEqual(of(gone), { direction: 'in', time: '', next_day: false }, 'nothing is missing');
  const night = { shift_start: '2026-11-02T15:00:00Z', shift_end: '2026-11-02T23:00:00Z' };
  assert.deepEqual(of(night), { direction: 'out', time: '06:00', next_day: true }, 'on the clocks of the branch');
  assert.deepEqual(of({ shift_start: undefined, shift_end: undefined }).time, '', 'a day off');
  assert.deepEqual(planned(day(1), 'out', Date.parse('2026-11-02T09:59:00Z')).time, '', 'it lies ahead');
});

test('the missing punch is added at once, and the drawer and both lists show it', async () => {
  const { page, next } = await opened(detail(3));
  page.past.rows = [day(3)];
  assert.deepEqual([page.mayFix, page.mayAsk], [true, false]);
  page.fix();
  assert.deepEqual([page.fixing, page.mayFix, page.values.direction, page.values.time], [true, false, 'out', '17:00']);
  assert.equal(page.fixText, 'Absen pulang belum ada. Jamnya sudah diisi menurut shift; ubah bila perlu.');
  await page.submit();
  assert.equal(page.errors.reason, 'Wajib diisi.');
  page.values.reason = ' lupa ';
  const saving = page.submit();
  const sent = await next(correct);
  assert.deepEqual(sent.body, {
    employee_id: 4,
    work_date: '2026-11-02',
    direction: 'out',
    time: '17:00',
    next_day: false,
    reason: 'lupa',
    version: 3,
  });
  sent.answer({ id: 9, punch_id: 77 });
  (await next(path)).answer(detail(4, gone));
  await saving;
  assert.deepEqual([page.fixing, page.detail.day.version, page.past.rows[0].version], [false, 4, 4]);
  page.changedDays([day(4, gone)]);
  assert.equal(page.changed, 0, 'the event of it is no news');
  page.changedDays([day(5, gone)]);
  assert.equal(page.changed, 1);
});

test('a day without punches gets the way in, then the way out, with one reason', async () => {
  const { page, next } = await opened(detail(0, never));
  page.fix();
  assert.deepEqual([page.values.direction, page.values.time], ['in', '08:00']);
  page.values.direction = 'out';
  page.otherWay();
  assert.equal(page.values.time, '17:00', 'that of the shift');
  page.values.time = '16:30';
  page.values.direction = 'in';
  page.otherWay();
  assert.equal(page.values.time, '16:30', 'somebody typed it');
  page.values.time = '08:00';
  page.values.reason = 'mesin mati';
  const saving = page.submit();
  (await next(correct)).answer({ id: 9, punch_id: 77 });
  (await next(path)).answer(detail(1));
  await saving;
  assert.deepEqual([page.fixing, page.fixVersion], [true, 1]);
  assert.deepEqual(
    [page.values.direction, page.values.time, page.values.reason],
    ['out', '17:00', 'mesin mati'],
    'the other direction is next',
  );
});

test('what happens meanwhile wipes no half-filled form, and is said', async () => {
  const { page, next } = await opened(detail(3));
  const news = async (one) => {
    const reading = page.readDetail();
    (await next(path)).answer(one);
    await reading;
  };
  page.fix();
  await news(detail(4, { last_out: '2026-11-02T10:05:00Z' }));
  assert.deepEqual([page.values.direction, page.values.time, page.error], ['in', '', ''], 'nobody had touched it');
  await news(detail(5));
  page.values.reason = 'lupa';
  await news(detail(6, gone));
  assert.deepEqual([page.fixing, page.values.reason, page.values.time], [true, 'lupa', '17:00']);
  assert.match(page.error, /baru saja berubah/);
  assert.equal(page.fixVersion, 6, 'the reader has seen it');
});

test('what somebody else was quicker with is shown before the form can be saved again', async () => {
  const { page, next } = await opened(detail(3));
  page.fix();
  page.values.reason = 'lupa';
  const saving = page.submit();
  (await next(correct)).refuse(409, { code: 'stale', detail: 'Tutup, lalu buka lagi' });
  (await next(path)).answer(detail(4, gone));
  await saving;
  assert.deepEqual([page.fixing, page.values.reason, page.fixVersion], [true, 'lupa', 4]);
  assert.match(page.error, /baru saja berubah/);
  const again = page.submit();
  const sent = await next(correct);
  assert.equal(sent.body.version, 4);
  sent.refuse(409, { code: 'period_locked', detail: 'Periode itu sudah dikunci.' });
  await again;
  assert.deepEqual([page.fixing, page.error], [true, 'Periode itu sudah dikunci.']);
});

test('of two equal times one is asked for, and another time asks no more', async () => {
  const { page, next } = await opened(detail(3));
  page.fix();
  page.values.reason = 'lupa';
  const saving = page.submit();
  const choices = [
    { value: 'first', at: '2026-10-25T03:30:00+03:00' },
    { value: 'second', at: '2026-10-25T03:30:00+02:00' },
  ];
  (await next(correct)).refuse(422, { code: 'ambiguous_time', choices, errors: [{ field: 'repeated', message: 'x' }] });
  await saving;
  assert.deepEqual(
    page.repeatedRows.map((r) => r.label),
    ['Yang pertama (UTC+03:00)', 'Yang kedua (UTC+02:00)'],
  );
  page.values.repeated = 'second';
  const again = page.submit();
  assert.equal((await next(correct)).body.repeated, 'second');
  page.unask();
  assert.deepEqual([page.isRepeated, page.values.repeated], [false, '']);
  void again;
});

test('a punch that is recorded later is said to be on its way', async () => {
  const { page, next } = await opened(detail(3));
  page.fix();
  page.values.reason = 'lupa';
  const saving = page.submit();
  (await next(correct)).answer({ id: 9 });
  (await next(path)).answer(detail(3));
  await saving;
  assert.deepEqual([page.fixing, page.detail.day.version], [false, 3]);
});

test('a drawer that was closed meanwhile stays so', async () => {
  const { page, next } = await opened(detail(3));
  page.fix();
  page.values.reason = 'lupa';
  const saving = page.submit();
  const sent = await next(correct);
  page.closed();
  sent.answer({ id: 9, punch_id: 77 });
  await saving;
  assert.deepEqual([page.openKey, page.detailReady, page.fixing], ['', false, false]);
});

test('the own day is asked about, not corrected', async () => {
  const { user } = session;
  session.user = { ...user, employee_id: 4 };
  const { page } = await opened(detail(3));
  assert.deepEqual([page.mayFix, page.mayAsk, page.mayChange, page.isOwnDay], [false, true, false, true]);
  session.user = { ...user, role: 'employee', employee_id: 5 };
  assert.deepEqual([page.mayFix, page.mayAsk, page.isOwnDay], [false, true, false]);
  session.user = user;
});
