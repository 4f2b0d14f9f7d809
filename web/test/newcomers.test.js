import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asComponent, browser, pageOf, server } from './pages.js';
import { session } from './stand_ins/start.js';
import { speak } from './words.js';

speak();
browser();
const { firstSteps } = await import('../src/js/first_steps.js');

const shifts = [
  { id: 4, code: 'REG', name: 'Reguler', start: '08:00', end: '17:00', active: true },
  { id: 5, code: 'M', name: 'Malam', start: '22:00', end: '06:00', active: true },
];
const made = { id: 9, number: 'K-1', name: 'Siti', login: 'k-1', password: 'abcd-efgh-ijkl' };

// newcomer opens the drawer of somebody new, with what it begins with.
async function newcomer(next, known = shifts) {
  const page = await pageOf('karyawan');
  page.init();
  (await next('/api/employees')).answer({ items: [], next_cursor: '' });
  const opening = page.create();
  (await next('/api/shifts')).answer({ items: known });
  await opening;
  return page;
}

test('somebody new begins with an account and the usual shift from today, saved by one request', async () => {
  const { next } = server();
  Object.assign(globalThis.location, { origin: 'https://hadir.contoh.id' });
  Object.assign(session.user, { locale: 'en' });
  const page = await newcomer(next);
  const { account, pattern, from, branch_id: branch } = page.editor.values;
  assert.deepEqual([account, pattern, branch, /^\d{4}-\d\d-\d\d$/.test(from)], [true, '4', '1', true]);
  assert.equal(page.patterns[0].label, 'Senin–Jumat · Reguler 08.00–17.00');
  Object.assign(page.editor.values, { number: 'K-1', name: 'Siti' });
  const saving = page.submit();
  const asked = await next('/api/employees');
  assert.deepEqual(asked.body.account, { login: '', locale: 'en' });
  assert.deepEqual(asked.body.pattern, { from, weeks: [4, 4, 4, 4, 4, 0, 0] });
  assert.deepEqual([asked.body.number, 'login' in asked.body, 'from' in asked.body], ['K-1', false, false]);
  asked.answer(made);
  (await next('/api/employees')).answer({ items: [], next_cursor: '' });
  await saving;
  const { name, login, password, address, picture } = page.slip;
  assert.deepEqual([name, login, password, address], ['Siti', 'k-1', 'abcd-efgh-ijkl', 'https://hadir.contoh.id']);
  assert.match(picture, /^data:image\/svg/);
  page.forgetSlip();
  assert.equal(page.slip.password, '');
});

test('somebody new without account and pattern is only added; what is refused stands at its field', async () => {
  const { next } = server();
  const page = await newcomer(next, []);
  assert.deepEqual([page.editor.values.pattern, page.patterns], ['', []]);
  Object.assign(page.editor.values, { number: 'K-1', name: 'Siti', account: false });
  let saving = page.submit();
  let asked = await next('/api/employees');
  assert.deepEqual([asked.body.account, asked.body.pattern], [undefined, undefined]);
  asked.refuse(409, { code: 'conflict', errors: [{ field: 'number', message: 'sudah dipakai' }] });
  await saving;
  assert.equal(page.wrong.number, 'sudah dipakai');
  saving = page.submit();
  asked = await next('/api/employees');
  asked.answer({ ...made, login: undefined, password: undefined });
  (await next('/api/employees')).answer({ items: [], next_cursor: '' });
  await saving;
  assert.equal(page.slip.login, '');
});

const begun = (more) => ({
  ...{ branch: false, shift: false, employee: false, account: false, pattern: false, punch: false },
  ...{ first_employee_id: 0, ...more },
});

test('the first steps say what is missing, and lead to its form', async () => {
  const { next } = server();
  const card = asComponent(firstSteps());
  const read = async (more) => {
    const reading = card.read();
    (await next('/api/begun')).answer(begun(more));
    await reading;
  };
  assert.equal(card.shown, false, 'nothing is said before the server has');
  await read({});
  assert.deepEqual([card.shown, card.exampleOffered, card.list.length], [true, true, 6]);
  assert.equal(card.title, 'Langkah awal: 0 dari 6');
  const places = () => card.list.filter((s) => s.linked).map((s) => s.href);
  assert.deepEqual(places(), ['/cabang#baru', '/shift#baru', '/karyawan#baru', '/karyawan#baru', '/karyawan#baru']);
  await read({ branch: true, shift: true, employee: true, first_employee_id: 12 });
  assert.deepEqual(places(), ['/pengguna#banyak', '/shift#pola']);
  assert.deepEqual([card.exampleOffered, card.list[3].look, card.list[4].look], [false, 'primary', 'secondary']);

  session.user.role = 'branch_admin';
  assert.deepEqual([card.list.length, card.title, card.waiting], [4, 'Langkah awal: 1 dari 4', false]);
  assert.equal(card.list[1].href, '/karyawan#akun-12');
  await read({});
  assert.deepEqual([card.waiting, card.exampleOffered], [true, false]);
  session.user.role = 'admin';

  const all = { branch: true, shift: true, employee: true, account: true, pattern: true, punch: true };
  await read(all);
  const finished = [card.shown, card.title, card.open];
  assert.deepEqual(finished, [true, 'Langkah awal selesai', false], 'whoever took the steps sees the last');
  card.putAway();
  assert.deepEqual([card.shown, card.away], [false, false]);
  const later = asComponent(firstSteps());
  const reading = later.read();
  (await next('/api/begun')).answer(begun(all));
  await reading;
  assert.equal(later.shown, false);
});
