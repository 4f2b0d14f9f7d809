import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ui } from '../src/js/ui.js';
import { session } from './stand_ins/start.js';
import { browser, element, pageOf, server } from './pages.js';
import { speak } from './words.js';

speak();
mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.parse('2026-11-02T01:00:00Z') });

const toasts = [];
let question = { title: '', answer: (/** @type {boolean} */ _yes) => {} };
ui(
  /** @type {any} */ ({
    reactive: (state) => {
      if ('list' in state) return { ...state, list: toasts };
      question = state;
      return state;
    },
    data: () => {},
  }),
);

const settle = () => new Promise((r) => setImmediate(r));
let net = server();
let open = { open: false };
beforeEach(() => {
  browser();
  net = server();
  toasts.length = 0;
  open = { open: false };
  Object.assign(globalThis.document, {
    getElementById: () =>
      Object.assign(element(), {
        get open() {
          return open.open;
        },
        showModal: () => (open.open = true),
        close: () => (open.open = false),
      }),
  });
});

const row = (more = {}) => ({
  id: 7,
  name: 'Gerbang',
  branch_id: 1,
  branch: 'Jakarta',
  site: '',
  modes: ['qr', 'pin'],
  language: 'id',
  state: 'unpaired',
  version: 'v',
  ...more,
});
const at = (id) => ({ currentTarget: { dataset: { id: String(id) } } });

test('a kiosk is what its state says, and while another tablet is waited for the old one is there', async () => {
  const page = await pageOf('kios');
  Object.assign(page, {
    rows: [
      row(),
      row({ state: 'waiting' }),
      row({ state: 'paired', life: 'gone' }),
      row({ state: 'waiting', life: 'alive' }),
    ],
  });
  assert.deepEqual(
    page.shown.map((k) => [k.state, k.mark, k.pairText]),
    [
      ['Belum dipasangkan', 'pending', 'Pasangkan'],
      ['Menunggu tablet', 'pending', 'Pasangkan'],
      ['Tidak terhubung', 'absent', 'Pasangkan lagi'],
      ['Menunggu tablet', 'pending', 'Pasangkan lagi'],
    ],
  );
});

test('a pairing code is shown with its time until the tablet has come', async () => {
  const page = await pageOf('kios');
  Object.assign(page, { rows: [row()], fresh: false });
  const pairing = page.pair(at(7));
  const expires_at = new Date(Date.now() + 600_000).toISOString();
  (await net.next('/api/kiosks/7/pairing')).answer({ code: 'ABCD2345', expires_at });
  (await net.next('/api/kiosks')).answer({ items: [row({ state: 'waiting' })] });
  await pairing;
  assert.deepEqual([open.open, page.codeText, page.leftText], [true, 'ABCD 2345', 'Berlaku 10:00 lagi']);
  mock.timers.tick(2000);
  (await net.next('/api/kiosks')).answer({ items: [row({ state: 'waiting' })] });
  await settle();
  assert.equal(page.leftText, 'Berlaku 9:58 lagi');
  mock.timers.tick(2000);
  (await net.next('/api/kiosks')).answer({ items: [row({ state: 'paired', life: 'alive', paired_at: 'now' })] });
  await settle();
  assert.deepEqual([open.open, toasts.map((t) => t.message)], [false, ['Gerbang terpasang.']]);
});

test('a code whose time is over says so, and the server is asked no more', async () => {
  const page = await pageOf('kios');
  Object.assign(page, { rows: [row()], fresh: false });
  const pairing = page.pair(at(7));
  const expires_at = new Date(Date.now() + 1000).toISOString();
  (await net.next('/api/kiosks/7/pairing')).answer({ code: 'ABCD2345', expires_at });
  (await net.next('/api/kiosks')).answer({ items: [row()] });
  await pairing;
  mock.timers.tick(2000);
  await settle();
  assert.deepEqual([page.over, page.good, net.asked.length], [true, false, 0]);
  page.pairingClosed();
});

test('nobody takes the place of a tablet, or unpairs it, by accident', async () => {
  const page = await pageOf('kios');
  Object.assign(page, { rows: [row({ state: 'paired', life: 'alive', paired_at: 'then' })], fresh: false });
  for (const [act, title] of [
    ['pair', 'Pasangkan Gerbang dengan tablet lain?'],
    ['unpair', 'Lepas Gerbang?'],
  ]) {
    const acting = page[act](at(7));
    assert.equal(question.title, title);
    question.answer(false);
    await acting;
    assert.equal(net.asked.length, 0);
  }
  const unpairing = page.unpair(at(7));
  question.answer(true);
  assert.equal((await net.next('/api/kiosks/7/pairing')).method, 'DELETE');
  unpairing.catch(() => {});
});

const today = (action, punches = []) => ({
  button: { action, work_date: '2026-11-02' },
  zone: 'Asia/Jakarta',
  day: {},
  punches,
});
const step = () => Math.floor(Date.now() / 8000);

// scanned is the page that a code leads to.
async function scanned(code, action = 'check_in') {
  Object.assign(globalThis.location, { hash: `#${code}`, pathname: '/k' });
  const page = await pageOf('k');
  page.init();
  (await net.next('/api/me/today')).answer(today(action));
  await settle();
  return page;
}
const tap = (page, direction = '') => page.punch({ currentTarget: { dataset: { direction } } });

test('a scanned code goes with the punch, once', async () => {
  const code = `1.7.${step()}.abc`;
  const page = await scanned(code);
  assert.deepEqual([page.ready, page.late, page.buttonText], [true, false, 'Absen masuk']);
  const tapping = tap(page);
  const asked = await net.next('/api/attendances/check-in');
  assert.deepEqual([asked.body.kiosk, asked.body.employee_id, 'confirm' in asked.body], [code, 3, false]);
  asked.answer({ punch: { occurred_at: '2026-11-02T01:00:00Z', zone: 'Asia/Jakarta' } });
  await tapping;
  assert.deepEqual([page.recorded, page.ready], ['Masuk tercatat pukul 08.00', false]);
});

test('an old code has no button, and the next one has', async () => {
  const page = await scanned(`1.7.${step() - 2}.abc`, 'check_out');
  assert.deepEqual([page.ready, page.late, page.lateText], [false, true, 'Kode ini sudah lewat. Pindai lagi.']);
  Object.assign(globalThis.location, { hash: `#1.7.${step()}.abd` });
  page.take();
  assert.deepEqual([page.ready, page.late], [true, false]);
});

test('what the server says of a code is shown, and only a lost answer is repeated under its key', async () => {
  const page = await scanned(`1.7.${step()}.abe`);
  const keys = [];
  const ask = globalThis.fetch;
  globalThis.fetch = (address, init) => {
    keys.push(init?.headers?.['Idempotency-Key']);
    return ask(address, init);
  };
  const tapping = tap(page);
  (await net.next('/api/attendances/check-in')).refuse(502);
  await settle();
  await settle();
  assert.deepEqual([page.busy, page.message !== ''], [true, true], 'it says so, and goes on by itself');
  mock.timers.tick(1000);
  (await net.next('/api/attendances/check-in')).refuse(422, { code: 'kiosk_code_expired', detail: 'Pindai lagi.' });
  await tapping;
  assert.equal(keys[0], keys[1]);
  assert.deepEqual([page.message, page.ready, page.late], ['Pindai lagi.', false, true]);
});

test('an account without an employee has nothing to press', async () => {
  const { employee } = session;
  Object.assign(session, { employee: null });
  const page = await pageOf('k');
  page.init();
  assert.deepEqual([page.stranger, page.ready, net.asked.length], [true, false, 0]);
  Object.assign(session, { employee });
});

test('a kiosk that somebody vouches for is confirmed by others, not by themselves', async () => {
  const page = await pageOf('kios');
  const kepala = { user_id: session.user.id, name: 'Kepala' };
  page.rows = [
    row(),
    row({ id: 8, vouched_by: [kepala] }),
    row({ id: 9, vouched_by: [kepala, { user_id: 4, name: 'Ana' }] }),
  ];
  assert.deepEqual(
    page.shown.map((k) => [k.id, k.confirmable, k.vouched.includes('Kepala'), k.vouched.includes('Ana')]),
    [
      [7, false, false, false],
      [8, false, true, false],
      [9, true, true, true],
    ],
  );
  const confirming = page.confirm(at(9));
  (await net.next('/api/kiosks/9/confirm')).answer({});
  (await net.next('/api/kiosks')).answer({ items: [row({ id: 9 })] });
  await confirming;
  assert.equal(toasts.length, 1);
  assert.equal(page.shown[0].confirmable, false);
});
