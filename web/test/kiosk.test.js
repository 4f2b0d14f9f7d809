import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { device } from '../src/js/device.js';
import { browser, pageOf, server } from './pages.js';
import { speak } from './words.js';

speak();
const enable = () => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-11-02T01:00:00Z') });
enable();

const step = Date.now() / 8000;
const kiosk = (more = {}) => ({
  id: 7,
  name: 'Gerbang',
  branch: 'Jakarta',
  zone: 'Asia/Jakarta',
  modes: ['qr', 'pin', 'badge'],
  language: 'id',
  now: new Date().toISOString(),
  step_ms: 8000,
  codes: [0, 1, 2].map((i) => ({ step: step + i, code: `1.7.${step + i}.abc${i}` })),
  ...more,
});
const recorded = {
  punch_id: 31,
  name: 'Siti Aminah',
  direction: 'in',
  occurred_at: '2026-11-02T00:58:00Z',
  work_date: '2026-11-02',
  late_minutes: 4,
  undo_until: '2026-11-02T00:59:00Z',
};

let net = server();
beforeEach(() => {
  mock.timers.reset(); // pages of other tests ask no more
  enable();
  device.unanswered = '';
  browser();
  net = server();
});

const settle = () => new Promise((r) => setImmediate(r));

// opened is the page of a kiosk that the server knows.
async function opened(more = {}) {
  const page = await pageOf('kiosk');
  const opening = page.init();
  (await net.next('/api/kiosk')).answer(kiosk(more));
  await opening;
  return page;
}

// key presses a key of a keyboard, at so many milliseconds.
function key(page, name, at) {
  const did = { prevented: false };
  const event = { key: name, timeStamp: at, repeat: false, stopPropagation: () => {} };
  page.press({ ...event, preventDefault: () => (did.prevented = true) });
  return did.prevented;
}

function read(page, card, at = 1000) {
  return [...card, 'Enter'].map((name, i) => key(page, name, at + i * 8)).at(-1);
}

function press(page, ...keys) {
  for (const name of keys) page.tap({ currentTarget: { dataset: { key: name } } });
}

test('a tablet that is no kiosk asks for its code, and is one with it', async () => {
  const page = await pageOf('kiosk');
  const opening = page.init();
  (await net.next('/api/kiosk')).refuse(401, { code: 'kiosk_unpaired' });
  await opening;
  assert.deepEqual([page.pairs, page.lost, page.paired], [true, false, false]);
  page.values.code = 'abcd-23 45';
  const pairing = page.submit();
  const asked = await net.next('/api/kiosk/pair');
  assert.deepEqual(asked.body, { code: 'ABCD2345' });
  asked.refuse(422, { code: 'pairing_code_invalid', detail: 'Kode salah.' });
  await pairing;
  assert.deepEqual([page.error, page.pairs], ['Kode salah.', true]);
  const again = page.submit();
  (await net.next('/api/kiosk/pair')).answer(kiosk());
  await again;
  assert.deepEqual([page.pairs, page.paired, page.branch, page.values.code], [false, true, 'Jakarta', '']);
});

test('the code follows the clock of the server, and goes with the network', async () => {
  const page = await opened();
  const shown = () => {
    page.now = Date.now();
    return page.code;
  };
  assert.equal(shown(), `1.7.${step}.abc0`);
  assert.match(page.qr, /^data:image\/svg\+xml/);
  page.cutOff();
  assert.deepEqual([page.code, page.qr, page.off], ['', null, true]);
});

test('without a server it says so, takes nothing, and goes on by itself', async () => {
  const page = await opened();
  const loading = page.load();
  (await net.next('/api/kiosk')).refuse(503);
  await loading;
  assert.match(page.away, /Tidak terhubung/);
  await page.punch({ number: 'JKT-0001', pin: '483920' });
  assert.equal(net.asked.length, 0);
  mock.timers.tick(5000);
  (await net.next('/api/kiosk')).answer(kiosk());
  await settle();
  assert.deepEqual([page.away, page.paired], ['', true]);
});

test('a kiosk that was unpaired is none at once', async () => {
  const page = await opened();
  press(page, '1', '2');
  const loading = page.load();
  (await net.next('/api/kiosk')).refuse(401, { code: 'kiosk_unpaired' });
  await loading;
  assert.deepEqual([page.pairs, page.lost, page.number, page.code], [true, true, '', '']);
});

test('number and PIN are taken with the last digit, and what was recorded is shown for 4 s', async () => {
  const page = await opened();
  press(page, 'other', ...'JKT-', 'other', ...'0001');
  page.enter();
  assert.deepEqual([page.number, page.field], ['JKT-0001', 'pin']);
  press(page, ...'48392', 'back', '2');
  assert.equal(net.asked.length, 0);
  press(page, '0');
  mock.timers.tick(200);
  const asked = await net.next('/api/kiosk/punches');
  assert.deepEqual(asked.body, { number: 'JKT-0001', pin: '483920' });
  asked.answer(recorded);
  await settle();
  assert.deepEqual(
    [page.title, page.what, page.more, page.mayVoid],
    ['Siti Aminah', 'Masuk tercatat pukul 07.58', 'Terlambat 4 menit', true],
  );
  assert.deepEqual([page.number, page.pin], ['JKT-', ''], 'nothing of the person stays');
  mock.timers.tick(3999);
  assert.equal(page.shows, true);
  mock.timers.tick(1);
  assert.equal(page.shows, false);
});

test('who sees somebody else takes it back', async () => {
  const page = await opened();
  const punching = page.punch({ card: '0012345678' });
  (await net.next('/api/kiosk/punches')).answer(recorded);
  await punching;
  const taking = page.notMe();
  const asked = await net.next('/api/kiosk/punches/31/void');
  assert.equal(asked.method, 'POST');
  asked.answer({});
  await taking;
  assert.deepEqual([page.kind, page.mayVoid], ['info', false]);
});

test('a card is caught wherever somebody types, and what they had typed stays theirs', async () => {
  const page = await opened();
  Object.assign(page, { number: 'JKT-00', field: 'number' });
  // The reader writes into the field, too.
  for (const [i, name] of [...'998877'].entries()) {
    key(page, name, 5000 + i * 8);
    page.number += name;
  }
  assert.equal(key(page, 'Enter', 5048), true, 'the form does not get it');
  assert.equal(page.number, 'JKT-00');
  const asked = await net.next('/api/kiosk/punches');
  assert.deepEqual(asked.body, { card: '998877' });
  asked.refuse(422, { code: 'badge_unknown', detail: 'Kartu tidak dikenal.' });
  await settle();
  assert.deepEqual([page.kind, page.what], ['error', 'Kartu tidak dikenal.']);
  assert.equal(read(page, '445566', 9000), true, 'the next one does not wait');
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '445566' });
});

test('a card of six digits in the field of the PIN is no PIN', async () => {
  const page = await opened();
  Object.assign(page, { number: 'JKT-0001', field: 'pin' });
  for (const [i, name] of [...'123456'].entries()) {
    key(page, name, 700 + i * 8);
    page.pin += name;
    page.typed();
  }
  key(page, 'Enter', 750);
  mock.timers.tick(1000);
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '123456' });
  assert.deepEqual([net.asked.length, page.pin], [0, '']);
});

test('a kiosk without a reader takes no cards', async () => {
  const page = await opened({ modes: ['pin'] });
  assert.equal(read(page, '0012345678'), false);
  assert.equal(net.asked.length, 0);
});

test('what may be a slip is asked about, and said again with the answer', async () => {
  const page = await opened();
  page.choose({ currentTarget: { dataset: { direction: 'out' } } });
  const punching = page.punch({ number: 'JKT-0001', pin: '483920' });
  const first = await net.next('/api/kiosk/punches');
  first.refuse(409, { code: 'confirm_direction', detail: 'Baru saja masuk.' });
  await punching;
  assert.deepEqual([page.asks, page.shows], [true, false]);
  assert.match(page.question, /Kurang dari satu menit lalu/);
  const meaning = page.agree();
  const second = await net.next('/api/kiosk/punches');
  assert.deepEqual(second.body, { number: 'JKT-0001', pin: '483920', direction: 'out', confirm: true });
  second.answer({ ...recorded, direction: 'out', late_minutes: undefined });
  await meaning;
  assert.deepEqual([page.asks, page.what, page.direction], [false, 'Pulang tercatat pukul 07.58', '']);
});

test('who goes away leaves nothing behind', async () => {
  const page = await opened();
  page.touch();
  press(page, ...'123');
  page.enter();
  press(page, ...'456');
  const punching = page.punch({ number: '123', pin: '456456' });
  (await net.next('/api/kiosk/punches')).refuse(409, { code: 'confirm_direction', detail: '?' });
  await punching;
  mock.timers.tick(19_999);
  assert.equal(page.asks, true);
  mock.timers.tick(1);
  assert.deepEqual([page.asks, page.asked, page.number, page.pin, page.field], [false, null, '', '', 'number']);
});

// answering is a page, and what sends somebody's punch and answers it.
async function answering() {
  const page = await opened();
  const tried = async (who, answer) => {
    const punching = page.punch(who);
    const asked = await net.next('/api/kiosk/punches');
    answer(asked);
    await punching;
    page.away = '';
    return asked.body;
  };
  return { page, tried };
}
const punches = () => net.asked.filter(({ path }) => path === '/api/kiosk/punches').length;
const lost = (r) => r.refuse(502);
const question = (r) => r.refuse(409, { code: 'confirm_direction' });

test('a punch whose answer was lost goes with those after it, also of a page that is loaded anew', async () => {
  const { page, tried } = await answering();
  assert.equal('unanswered' in (await tried({ number: 'JKT-0001', pin: '483920' }, lost)), false);
  assert.deepEqual([page.title, page.number, page.pin], ['Belum tentu tercatat', '', '']);
  const [time, ...more] = (await tried({ card: '111111' }, lost)).unanswered;
  assert.deepEqual([more.length, Date.parse(time.from) <= Date.parse(time.to)], [0, true]);
  const anew = await opened();
  const punching = anew.punch({ card: '111111' });
  const asked = await net.next('/api/kiosk/punches');
  assert.equal(asked.body.unanswered.length, 1);
  asked.answer(recorded);
  await punching;
});

test('a refusal is an answer', async () => {
  const { tried } = await answering();
  await tried({ number: 'JKT-0001', pin: '483920' }, (r) => r.refuse(422, { code: 'kiosk_refused' }));
  await tried({ number: 'JKT-0001', pin: '483920' }, (r) => r.refuse(429, { code: 'too_many_attempts' }));
  assert.equal('unanswered' in (await tried({ card: '111111' }, (r) => r.answer(recorded))), false);
});

test('cards that are held while another punch is on its way are punched after it, one by one', async () => {
  const page = await opened();
  const first = page.punch({ card: '111111' });
  for (const [i, card] of ['222222', '333333', '222222', '111111'].entries()) read(page, card, 10_000 * (i + 1));
  const asked = await net.next('/api/kiosk/punches');
  asked.answer(recorded);
  await first;
  assert.deepEqual([page.what, page.waiting, punches()], ['Masuk tercatat pukul 07.58', 2, 0]);
  for (const card of ['222222', '333333']) {
    mock.timers.tick(1000);
    const next = await net.next('/api/kiosk/punches');
    assert.deepEqual(next.body, { card });
    next.answer(recorded);
    await settle();
  }
  mock.timers.tick(1000);
  assert.deepEqual([punches(), page.waiting], [0, 0], 'who held it twice is recorded once');
});

test('who was refused reads why before the next card counts', async () => {
  const page = await opened();
  const first = page.punch({ number: 'JKT-0001', pin: '483920' });
  read(page, '222222');
  (await net.next('/api/kiosk/punches')).refuse(422, { code: 'kiosk_refused', detail: 'Salah.' });
  await first;
  mock.timers.tick(2499);
  assert.deepEqual([page.what, punches()], ['Salah.', 0]);
  mock.timers.tick(1);
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '222222' });
});

test('a question is answered, or said not to be, before the next card counts', async () => {
  const { page, tried } = await answering();
  await tried({ card: '111111' }, question);
  read(page, '222222');
  assert.deepEqual([page.asks, page.waiting], [true, 1]);
  mock.timers.tick(6000);
  assert.deepEqual(
    [page.asks, page.what, punches()],
    [false, 'Pertanyaannya tidak dijawab. Silakan absen sekali lagi.', 0],
  );
  mock.timers.tick(2500);
  const asked = await net.next('/api/kiosk/punches');
  assert.deepEqual(asked.body, { card: '222222' });
  asked.answer(recorded);
  await settle();
  await tried({ card: '111111' }, question);
  const again = page.hold('111111');
  assert.equal(page.waiting, 0, 'the card of whoever is asked waits for nobody');
  question(await net.next('/api/kiosk/punches'));
  await again;
});

test('a card that is held again while its punch is shown is no other punch', async () => {
  const { page, tried } = await answering();
  await tried({ card: '111111' }, (r) => r.answer(recorded));
  read(page, '111111');
  assert.deepEqual([punches(), page.what], [0, 'Masuk tercatat pukul 07.58']);
  page.choose({ currentTarget: { dataset: { direction: 'out' } } });
  read(page, '111111', 9000);
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '111111', direction: 'out' });
});

test('a card that is held again after its punch was taken back is another punch', async () => {
  const { page, tried } = await answering();
  await tried({ card: '111111' }, (r) => r.answer(recorded));
  const taking = page.notMe();
  (await net.next('/api/kiosk/punches/31/void')).answer({});
  await taking;
  read(page, '111111');
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '111111' });
});

test('a card right after a key is no PIN, and says so', async () => {
  const page = await opened();
  Object.assign(page, { number: 'JKT-0001', field: 'pin', pin: '1' });
  key(page, '1', 4900); // a hand’s
  for (const [i, name] of [...'9988776'].entries()) {
    key(page, name, 5100 + i * 8);
    page.pin += name;
    page.typed();
  }
  assert.equal(key(page, 'Enter', 5160), true);
  mock.timers.tick(1000);
  assert.deepEqual([punches(), page.pin], [0, '1']);
  assert.equal(page.what, 'Kartu tidak terbaca utuh. Tempelkan sekali lagi.');
});

test('a direction is nobody else’s: not after a refusal, nor when whoever chose it is gone', async () => {
  const page = await opened();
  const choose = (direction) => page.choose({ currentTarget: { dataset: { direction } } });
  choose('out');
  const punching = page.punch({ card: '111111' });
  const asked = await net.next('/api/kiosk/punches');
  assert.equal(asked.body.direction, 'out');
  asked.refuse(422, { code: 'badge_unknown', detail: 'Kartu tidak dikenal.' });
  await punching;
  assert.equal(page.direction, '');
  choose('in');
  mock.timers.tick(9000);
  assert.equal(page.direction, '');
});

test('nobody takes the direction of another one: of a question, or of a punch that was lost or not taken', async () => {
  const { page, tried } = await answering();
  const choose = (direction) => page.choose({ currentTarget: { dataset: { direction } } });
  choose('out');
  await tried({ card: '111111' }, question);
  assert.equal('direction' in (await tried({ card: '222222' }, (r) => r.answer(recorded))), false);
  choose('in');
  await tried({ card: '111111' }, lost);
  assert.equal('direction' in (await tried({ card: '333333' }, (r) => r.answer(recorded))), false);
  page.cutOff();
  choose('out');
  read(page, '111111', 20_000);
  assert.deepEqual([page.direction, page.what], ['', page.away]);
  page.away = '';
  assert.equal('direction' in (await tried({ card: '444444' }, (r) => r.answer(recorded))), false);
});

test('a direction that is chosen while somebody else is served stays', async () => {
  const page = await opened();
  const first = page.punch({ card: '111111' });
  page.choose({ currentTarget: { dataset: { direction: 'out' } } });
  (await net.next('/api/kiosk/punches')).answer(recorded);
  await first;
  read(page, '222222', 30_000);
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '222222', direction: 'out' });
});

test('who comes once more after a lost answer comes with the direction that they chose', async () => {
  const { page, tried } = await answering();
  const choose = (direction) => page.choose({ currentTarget: { dataset: { direction } } });
  choose('in');
  await tried({ card: '111111' }, lost);
  assert.equal((await tried({ card: '111111' }, lost)).direction, 'in');
  choose('out');
  assert.equal((await tried({ card: '111111' }, (r) => r.answer(recorded))).direction, 'out');
  assert.equal('direction' in (await tried({ card: '111111' }, (r) => r.answer(recorded))), false);
});

test('"not me" is sent once, and only for what this kiosk recorded', async () => {
  const page = await opened();
  page.tell({ ...recorded, undo_until: undefined });
  assert.equal(page.mayVoid, false, 'a punch of a phone');
  page.tell(recorded);
  const voiding = page.notMe();
  page.notMe();
  (await net.next('/api/kiosk/punches/31/void')).answer({});
  await voiding;
  assert.deepEqual([net.asked.length, page.title], [0, 'Dibatalkan']);
});

test('a reader that stutters punches nobody: the end of a card may be another person’s', async () => {
  const page = await opened();
  for (const [i, name] of [...'0004'].entries()) key(page, name, 5000 + i * 10);
  for (const [i, name] of [...'711234', 'Enter'].entries()) key(page, name, 5100 + i * 10);
  await settle();
  assert.equal(net.asked.length, 0);
  read(page, '0004711234', 9000);
  assert.deepEqual((await net.next('/api/kiosk/punches')).body, { card: '0004711234' });
});

test('a wrong PIN leaves the number, and says what the server says', async () => {
  const page = await opened();
  page.number = 'JKT-0001';
  const punching = page.punch({ number: 'JKT-0001', pin: '111222' });
  (await net.next('/api/kiosk/punches')).refuse(422, { code: 'kiosk_refused', detail: 'Nomor atau PIN salah.' });
  await punching;
  assert.deepEqual(
    [page.title, page.what, page.number, page.pin, page.field],
    ['Tidak tercatat', 'Nomor atau PIN salah.', 'JKT-0001', '', 'pin'],
  );
});

test('how numbers begin here is learnt, and one guest changes nothing', async () => {
  const page = await opened();
  const comes = async (number) => {
    const punching = page.punch({ number, pin: '483920' });
    (await net.next('/api/kiosk/punches')).answer(recorded);
    await punching;
    return page.number;
  };
  const begins = [];
  for (const number of ['JKT-0001', 'BDG-0007', 'JKT-0002', 'JKT-0003', 'BDG-0001', 'BDG-0002', '77'])
    begins.push(await comes(number));
  assert.deepEqual(begins, ['JKT-', 'JKT-', 'JKT-', 'JKT-', 'JKT-', 'BDG-', 'BDG-']);
  page.enter();
  assert.equal(page.field, 'number', 'the beginning alone is no number');
});
