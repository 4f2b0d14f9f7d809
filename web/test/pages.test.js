import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hands } from './clock.js';
import { asComponent, browser, element, pageOf, server } from './pages.js';
import { speak } from './words.js';

speak();
browser();

const day = (version, more = {}) => ({
  employee_id: 3,
  employee_number: 'JKT-0003',
  employee_name: 'Siti',
  branch_id: 1,
  work_date: '2026-11-02',
  zone: 'Asia/Jakarta',
  status: 'present',
  flags: [],
  version,
  ...more,
});

test('Riwayat marks what a later reading brings, as it marks what events bring', async () => {
  const { next } = server();
  const page = await pageOf('riwayat');
  const read = async (...items) => {
    const reading = page.readToday();
    (await next('/api/attendances/today')).answer({ items, next_cursor: '', summaries: [] });
    await reading;
  };
  await read(day(1), day(0, { employee_id: 4 }));
  assert.deepEqual([page.changed, page.rows.some((r) => r.fresh)], [0, false], 'the first one shows the list');
  await read(day(1), day(0, { employee_id: 4 }));
  assert.equal(page.changed, 0);
  await read(day(2), day(0, { employee_id: 4 }), day(0, { employee_id: 5 }));
  assert.equal(page.changed, 1, 'a day that is only planned is no news');
  assert.deepEqual(
    page.rows.map((r) => [r.key, r.fresh]),
    [
      ['3/2026-11-02', true],
      ['4/2026-11-02', false],
      ['5/2026-11-02', false],
    ],
  );
});

test('a day of an earlier date that changes is told of, and is no row of Hari Ini', async () => {
  const { next } = server();
  const page = await pageOf('riwayat');
  const reading = page.readToday();
  (await next('/api/attendances/today')).answer({ items: [day(1)], next_cursor: '', summaries: [] });
  await reading;
  page.recorded([day(4, { work_date: '2026-10-30' }), day(2)]);
  assert.equal(page.changed, 2);
  assert.deepEqual(
    page.rows.map((r) => r.key),
    ['3/2026-11-02'],
  );
});

test('Riwayat counts no rows before they are drawn', async () => {
  const { next } = server();
  const page = await pageOf('riwayat');
  let draw = /** @type {FrameRequestCallback} */ (() => {});
  const at = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = (frame) => {
    draw = frame;
    return 1;
  };
  const reading = page.readToday();
  (await next('/api/attendances/today')).answer({ items: [day(1)], next_cursor: '', summaries: [] });
  await reading;
  globalThis.requestAnimationFrame = at;
  assert.deepEqual([page.waiting, page.noRows, page.todayCount], [true, false, 'Memuat…']);
  draw(0);
  assert.deepEqual([page.waiting, page.noRows, page.todayCount], [false, false, '1 baris']);
});

test('Hari Ini keeps the focus when its row leaves the document, and says that not all is printed', async () => {
  const { next } = server();
  const page = await pageOf('riwayat');
  Object.assign(globalThis, { innerHeight: 900 });
  const [head, region, body] = [element(), element(), element()];
  page.$refs = { head, region, rows: body };
  const reading = page.readToday();
  const items = Array.from({ length: 200 }, (_, i) =>
    day(1, { employee_id: 1000 + i, employee_number: `${1000 + i}` }),
  );
  (await next('/api/attendances/today')).answer({ items: items.slice(0, 40), next_cursor: 'more', summaries: [] });
  await reading;
  assert.deepEqual([page.rows.length > 0, page.partly], [true, true]);
  const more = page.showMore();
  (await next('/api/attendances/today')).answer({ items: items.slice(40), next_cursor: '', summaries: [] });
  await more;
  const draw = () => page.look();
  const scrollTo = (y) => {
    head.getBoundingClientRect = () => ({ bottom: -y, height: 40 });
    draw();
  };
  scrollTo(1);
  const { key } = page.rows[5];
  const held = { dataset: { key }, contains: () => region.focused === 0, getBoundingClientRect: () => ({ height: 0 }) };
  Object.assign(body, { rows: [held] });
  scrollTo(500);
  assert.deepEqual([page.rows.some((r) => r.key === key), region.focused], [true, 0], 'it is still there');
  scrollTo(4000);
  assert.deepEqual([page.rows.some((r) => r.key === key), region.focused], [false, 1]);
  assert.equal(page.partly, true);
});

test('a day that is open on Riwayat is the newest that was read, whichever answer comes last', async () => {
  const { next } = server();
  const page = await pageOf('riwayat');
  const asked = () => next('/api/attendances/3/2026-11-02');
  const detail = (version) => ({ day: day(version), why: [], punches: [], punches_before: '' });
  page.openKey = '3/2026-11-02';
  const [older, newer] = [page.readDetail(), page.readDetail()];
  const first = await asked();
  (await asked()).answer(detail(2));
  await newer;
  first.answer(detail(1));
  await older;
  assert.equal(page.detail.day.version, 2);

  const failing = page.readDetail();
  (await asked()).refuse(503);
  await failing;
  assert.notEqual(page.detailError, '');
  const reading = page.readDetail();
  (await asked()).answer(detail(3));
  await reading;
  assert.deepEqual([page.detailError, page.detail.day.version], ['', 3], 'what failed before is over');

  const late = page.readDetail();
  page.openKey = '4/2026-11-02';
  (await asked()).answer(detail(4));
  await late;
  assert.equal(page.detail.day.version, 3, 'another day is open by now');
});

const today = (action) => ({
  now: new Date().toISOString(),
  zone: 'Asia/Jakarta',
  button: { action, work_date: '2026-11-02' },
  day: day(1),
  why: [],
  punches: [],
  sites: [],
  policy: 'record',
});

test('on Beranda an older answer takes the place of no newer one', async () => {
  const { next } = server();
  const page = await pageOf('beranda');
  const [older, newer] = [page.load(), page.load()];
  const first = await next('/api/me/today');
  (await next('/api/me/today')).answer(today('check_out'));
  (await next('/api/attendances')).answer({ items: [day(2)] });
  await newer;
  first.answer(today('check_in'));
  await older;
  assert.equal(page.action, 'check_out');

  const reading = ['leave-requests', 'corrections'].map((path) => () => next(`/api/${path}`));
  const request = (id) => ({ items: [{ id, kind: 'leave', state: 'pending', requested_at: '2026-11-01T00:00:00Z' }] });
  const [before, after] = [page.loadRequests(), page.loadRequests()];
  const early = await Promise.all(reading.map((ask) => ask()));
  for (const ask of reading) (await ask()).answer(request(2));
  await after;
  for (const r of early) r.answer(request(1));
  await before;
  assert.deepEqual(
    page.asked.map((r) => r.id),
    [2, 2],
  );
});

test('Beranda has not read everything as long as a part of it failed', async () => {
  const parts = ['/api/me/today', '/api/attendances', '/api/leave-requests', '/api/corrections', '/api/notifications'];
  for (const broken of ['', ...parts.slice(1)]) {
    const { next } = server();
    const page = await pageOf('beranda');
    const reading = page.refresh().then(
      () => 'everything',
      (problem) => problem.status,
    );
    for (const path of parts) {
      const asked = await next(path);
      if (path === broken) asked.refuse(500);
      else asked.answer(path === '/api/me/today' ? today('check_in') : { items: [] });
    }
    assert.equal(await reading, broken ? 500 : 'everything', broken);
    assert.equal(page.action, 'check_in', 'what could be read is shown');
  }
});

test('Izin says what a leave is about before it is decided, and names few of many dates', async () => {
  const { next } = server();
  const page = await pageOf('izin');
  const open = async (id, effect) => {
    const shown = page.look({ id, state: 'pending' });
    (await next(`/api/leave-requests/${id}/effect`)).answer(effect);
    await shown;
    return [page.effectKind, ...page.effectLines];
  };
  const dates = (n) => Array.from({ length: n }, (_, i) => `2026-11-0${i + 2}`);
  assert.deepEqual(await open(1, { dates: 3, working_days: 2, punched: [], locked: 0 }), [
    'info',
    '3 hari, 2 di antaranya hari kerja yang menjadi izin.',
  ]);
  assert.deepEqual(await open(2, { dates: 7, working_days: 5, punched: dates(7), locked: 1 }), [
    'error',
    '7 hari, 5 di antaranya hari kerja yang menjadi izin.',
    'Sudah ada absensi pada Sen, 2 Nov; Sel, 3 Nov; Rab, 4 Nov; Kam, 5 Nov; Jum, 6 Nov, dan 2 hari lain.',
    '1 hari termasuk periode yang sudah dikunci dan hanya diberi tanda.',
  ]);
  await page.look({ id: 2, state: 'approved' });
  assert.deepEqual([page.hasEffect, page.effectLines], [false, []]);
});

test('Beranda says what the service worker sent in its place', async () => {
  const { next } = server();
  const worker = Object.assign(new EventTarget(), { ready: new Promise(() => {}) });
  Object.assign(navigator, { serviceWorker: worker });
  const page = await pageOf('beranda');
  page.beginPunching();
  const told = async (user, data) => {
    const entry = { key: 'k', user, direction: 'in', tappedAt: Date.now() };
    const punches = [{ entry, outcome: 'sent', answer: { status: 202, data } }];
    worker.dispatchEvent(Object.assign(new Event('message'), { data: { punches } }));
    worker.dispatchEvent(Object.assign(new Event('message'), { data: 'something else' }));
    await new Promise((r) => setImmediate(r));
  };
  page.say('info', 'kept');
  const correction = { occurred_at: '2026-11-02T01:00:00Z', zone: 'Asia/Jakarta', claim: 'contact' };
  await told(8, { correction });
  assert.equal(page.message, 'kept', "somebody else's");
  await told(7, { correction });
  assert.match(page.message, /menunggu persetujuan admin/);
  for (const path of ['/api/leave-requests', '/api/corrections', '/api/me/today']) await next(path);
  delete (/** @type {any} */ (navigator).serviceWorker);
});

test('Beranda shows a punch that is taken only after a decision, with what the server says about it', async (t) => {
  const clock = hands();
  const { setTimeout, clearTimeout } = globalThis;
  t.after(() => Object.assign(globalThis, { setTimeout, clearTimeout }));
  Object.assign(globalThis, { setTimeout: clock.later, clearTimeout: clock.cancel });
  const { next } = server();
  const page = await pageOf('beranda');
  const tapped = page.punch({ currentTarget: { dataset: { direction: 'in' } } });
  const detail = 'Menunggu keputusan.';
  (await next('/api/attendances/check-in')).refuse(429, { code: 'too_many_claims', detail });
  await tapped;
  assert.deepEqual([page.message, page.hasWaiting], [detail, true]);
  const [{ problem, reason, stateText }] = page.kept;
  assert.deepEqual([problem, reason, stateText], [true, detail, 'dicoba lagi nanti']);
  assert.deepEqual(clock.waiting, [10_000, 10_000], 'the page looks after it, beside the rest after a tap');
  assert.deepEqual([page.unready, page.notReady], [true, true], 'no button takes a tap meanwhile');
  const { length } = page.kept;
  await page.punch({ currentTarget: { dataset: { direction: 'in' } } });
  assert.equal(page.kept.length, length, 'nor is one stored that gets past the button');
});

test('Operasi says that it could not read its list, and not that there is nothing on it', async () => {
  const { next } = server();
  const page = await pageOf('operasi');
  const read = async (fails) => {
    const reading = page.look().catch(() => {});
    (await next('/api/ops/nodes')).answer({ items: [] });
    (await next('/api/ops/queues')).answer({ now: [], ratios: [], rates: [], as_of: '2026-11-02T00:00:00Z' });
    const asked = await next('/api/ops/dead-letters');
    if (fails) asked.refuse(503);
    else asked.answer({ items: [], next_cursor: '' });
    await reading;
  };
  await read(false);
  assert.deepEqual([page.problem, page.noDead], ['', true]);
  page.filter.q = 'refused';
  await read(true);
  assert.notEqual(page.problem, '');
  assert.equal(page.noDead, false);
});

test('who asks for more deliveries on Webhook is not sent back to the first ones', async (t) => {
  const clock = hands();
  const { setTimeout, clearTimeout } = globalThis;
  t.after(() => Object.assign(globalThis, { setTimeout, clearTimeout }));
  Object.assign(globalThis, { setTimeout: clock.later, clearTimeout: clock.cancel });
  const { asked, next } = server();
  const page = await pageOf('webhook');
  page.init();
  (await next('/api/webhooks')).answer({ items: [{ id: 5, url: 'https://example.test', kinds: [] }] });
  await clock.pass(0);
  [page.chosen] = page.rows;
  const log = () => next('/api/webhooks/5/deliveries');
  const page20 = (top) =>
    Array.from({ length: 20 }, (_, i) => ({ id: top - i, state: 'pending', kind: 'recap.ready' }));
  const first = page.newLog();
  (await log()).answer({ items: page20(60), next_cursor: '41' });
  await first;
  await clock.pass(2000); // a delivery waits, so the page looks again
  const looking = await log();
  const more = page.moreLog();
  const below = await log();
  looking.answer({ items: page20(60), next_cursor: '41' });
  await clock.pass(0);
  below.answer({ items: page20(40), next_cursor: '' });
  await more;
  await clock.pass(60_000);
  assert.deepEqual(asked, [], 'nothing is read again under the reader');
  assert.deepEqual([page.log.rows.length, page.log.rows.at(-1).id], [40, 21]);
});

test('Mesin says that nothing waits once it knows, and keeps what it shows while it reads again', async () => {
  const { next } = server();
  const page = await pageOf('mesin');
  const loading = page.init();
  (await next('/api/terminals')).answer({
    items: [
      { id: 5, networks: [] },
      { id: 6, networks: [] },
    ],
  });
  await loading;
  const open = async (id, ...lines) => {
    const reading = page.openDetail({ currentTarget: { dataset: { id } } });
    assert.deepEqual([page.lines.rows, page.lines.empty, page.commands.empty], [[], false, false], `${id}, before`);
    (await next(`/api/terminals/${id}/lines`)).answer({ items: lines });
    (await next(`/api/terminals/${id}/commands`)).answer({ items: [] });
    await reading;
    assert.deepEqual([page.lines.empty, page.commands.empty], [lines.length === 0, true], `${id}, after`);
  };
  await open(5, { id: 2, pin: '8' });
  await open(6, { id: 1, pin: '9' });
  const again = page.refresh();
  (await next('/api/terminals')).answer({ items: page.rows });
  const lines = await next('/api/terminals/6/lines');
  assert.equal(page.lines.rows.length, 1);
  lines.answer({ items: [] });
  (await next('/api/terminals/6/commands')).answer({ items: [] });
  await again;
  assert.equal(page.lines.empty, true);
});

test('a terminal that is opened while it is being read again is shown as it was saved', async () => {
  const { next } = server();
  const page = await pageOf('mesin');
  const loading = page.init();
  (await next('/api/terminals')).answer({ items: [{ id: 5, networks: [] }] });
  await loading;
  Object.assign(page, {
    editing: { id: 5, version: 'v', state: 'active' },
    values: { ...page.values, branch_id: '1' },
  });
  const saving = page.submit();
  (await next('/api/terminals/5')).answer({});
  const reading = await next('/api/terminals');
  page.openDetail({ currentTarget: { dataset: { id: 5 } } });
  reading.answer({ items: [{ id: 5, networks: [], vouched_by: 3 }] });
  for (const part of ['lines', 'commands', 'lines', 'commands'])
    next(`/api/terminals/5/${part}`).then((r) => r.answer({ items: [] }));
  await saving;
  assert.equal(page.chosen.vouched_by, 3);
});

test('Audit marks the head of the log for copying where there is no clipboard, and says so', async () => {
  const marked = [];
  const head = element();
  browser({ '[data-test="head-text"]': [head] });
  globalThis.getSelection = /** @type {any} */ (() => ({ selectAllChildren: (e) => marked.push(e) }));
  const page = await pageOf('audit');
  page.head = { id: 4, hash: 'ab'.repeat(32), at: '2026-11-02T00:00:00Z' };
  await page.copyHead();
  assert.deepEqual(marked, [head]);
  const said = page.copied;
  const written = [];
  Object.assign(navigator, { clipboard: { writeText: async (value) => written.push(value) } });
  await page.copyHead();
  assert.deepEqual(written, [page.headCopy]);
  assert.notEqual(page.copied, said);
});

test('the form of patterns moves the focus to what is missing, and to what the server did not take', async () => {
  const people = element();
  const date = element();
  const found = { '[aria-labelledby="pattern-title"] [aria-invalid="true"]': [people] };
  browser(found);
  const { next } = server();
  const { patterns } = await import('../src/js/patterns.js');
  const page = asComponent(Object.assign(patterns(), { shifts: [] }));
  page.from = '2026-11-02';
  await page.assign();
  assert.equal(people.focused, 1);
  page.picked = ['3'];
  Object.assign(found, { '[aria-labelledby="pattern-title"] [aria-invalid="true"]': [date] });
  const sent = page.assign();
  (await next('/api/shift-assignments')).refuse(422);
  await sent;
  assert.deepEqual([people.focused, date.focused], [1, 1]);
});

test('Dasbor shows no number before it knows one, and names breaks in the feed', async () => {
  const page = await pageOf('dasbor');
  const values = () => page.counters.map((c) => c.value);
  assert.deepEqual([...new Set(values())], [''], 'a zero would be a number');
  assert.deepEqual([page.noOverdue, page.noLate, page.emptyFeed].filter(Boolean), []);
  page.summaries = { 1: { branch_id: 1, work_date: '2026-11-02', headcount: 3, inside: 1, counts: { absent: 2 } } };
  page.loaded = true;
  assert.equal(page.counters.find((c) => c.key === 'absent').value, 2);
  assert.ok(values().every(Number.isInteger), `${values()}`);
  for (const [direction, word] of [
    ['in', 'Masuk'],
    ['out', 'Pulang'],
    ['break_out', 'Mulai istirahat'],
    ['break_in', 'Selesai istirahat'],
  ])
    assert.equal(
      page.said(
        day(1, { last_punch: { direction, occurred_at: '2026-11-02T05:00:00Z' }, last_out: '2026-11-02T05:00:00Z' }),
      ),
      word,
    );
});

test('Koreksi says where and by which device a claimed punch was made, and what is doubtful about it', async () => {
  const { next } = server();
  const page = await pageOf('koreksi');
  const at = '2026-11-02T00:55:00Z';
  const open = async (q, evidence) => {
    const shown = page.readEvidence(q);
    if (evidence) (await next(`/api/corrections/${q.id}/evidence`)).answer(evidence);
    await shown;
    return page.evidenceLines;
  };
  const punch = {
    occurred_at: at,
    received_at: '2026-11-02T02:30:00Z',
    zone: 'Asia/Jakarta',
    direction: 'in',
    source: 'mobile',
    device: 'Ponsel Ana',
    offline: true,
    outside_area: true,
    distance: 4711,
    fix: { latitude: -6.2, longitude: 106.8, accuracy: 12 },
    doubts: ['shared_device'],
  };
  const why = [
    { code: 'outside', at, minutes: 4711 },
    { code: 'shared_device', at, name: 'Budi (JKT-0002)' },
  ];
  assert.deepEqual(await open({ id: 1, claim: 'earlier' }, { punch, why }), [
    'ponsel · Ponsel Ana · di luar area: 4711 m dari lokasi, ±12 m',
    'Absensi pukul 07.55 dibuat dengan perangkat yang dalam 24 jam sebelumnya juga dipakai Budi (JKT-0002).',
  ]);
  assert.deepEqual([await open({ id: 2, claim: '' }), page.hasEvidence], [[], false], 'a person asked for it');
});
