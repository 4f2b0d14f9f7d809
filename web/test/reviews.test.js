import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ui } from '../src/js/ui.js';
import { browser, element, pageOf, server } from './pages.js';
import { asked as readings, followed } from './stand_ins/live.js';
import { speak } from './words.js';

speak();
mock.timers.enable({ apis: ['setTimeout'] }); // toasts go by themselves

const toasts = [];
ui(
  /** @type {any} */ ({
    reactive: (state) => ('list' in state ? { ...state, list: toasts } : state),
    data: () => {},
  }),
);

beforeEach(() => {
  browser();
  readings.length = 0;
  toasts.length = 0;
});

const review = (id, more = {}) => ({
  id,
  employee_id: 4,
  employee_name: `Nama ${id}`,
  branch_id: 1,
  state: 'open',
  reasons: ['outside_area'],
  why: [],
  punch: { occurred_at: '2026-11-02T01:00:00Z', zone: 'Asia/Jakarta', direction: 'in' },
  ...more,
});
const reviews = (from, n) => Array.from({ length: n }, (_, i) => review(from + i));

async function opened(rows = [], next = '') {
  const page = await pageOf('ditinjau');
  page.init();
  return Object.assign(page, { rows, next, fresh: false, weights: { outside_area: 30 } });
}

test('a weight that was emptied is not saved as 0', async () => {
  const { next, asked } = server();
  const page = await opened();
  const opening = page.openWeights();
  (await next('/api/reviews/weights')).answer({ weights: { outside_area: 30, clock: 5 }, version: 'v' });
  await opening;
  for (const wrong of ['', ' ', '101', '-1', '1.5']) {
    page.weighing.values.outside_area = wrong;
    await page.submitWeights();
    assert.deepEqual([asked.length, Object.keys(page.weighing.errors)], [0, ['outside_area']], `"${wrong}"`);
  }
  page.weighing.values.outside_area = '100';
  page.submitWeights();
  const { method, body } = await next('/api/reviews/weights');
  assert.deepEqual([method, body.version, body.weights.outside_area, body.weights.clock], ['PATCH', 'v', 100, 5]);
});

test('weights that cannot be read are no failed decision', async () => {
  const { next } = server();
  const page = await opened();
  const opening = page.openWeights();
  (await next('/api/reviews/weights')).refuse(503);
  await opening;
  assert.deepEqual([page.failures, toasts.map((t) => t.kind)], [[], ['error']]);
});

test('all that is ticked is decided, by the hundred, and as many rows are read as were shown', async () => {
  const { next } = server();
  const page = await opened(reviews(1, 230));
  page.tickAll();
  const deciding = page.acceptAll();
  for (const [first, n] of [
    [1, 100],
    [101, 100],
    [201, 30],
  ]) {
    const { body, answer } = await next('/api/reviews/decisions');
    assert.deepEqual([body.state, body.items.length, body.items[0]], ['accepted', n, { id: first, from: 'open' }]);
    const problem = (id) => (id === 120 ? { problem: { detail: 'Orang lain lebih dulu.' } } : {});
    answer({ items: body.items.map(({ id }) => ({ id, ...problem(id) })) });
  }
  const list = await next('/api/reviews');
  assert.equal(list.query.get('limit'), '230');
  list.answer({ items: [review(120)], next_cursor: '' });
  (await next('/api/reviews/counts')).answer({ items: [{ branch_id: 1, open: 1 }] });
  await deciding;
  assert.deepEqual(page.chosen, ['120']);
  assert.equal(page.failures.length, 1);
  assert.match(page.failures[0], /^Nama 120 .* Orang lain lebih dulu\.$/);
  assert.deepEqual(
    toasts.map((t) => t.message),
    ['229 diterima.'],
  );
});

test('what was decided before a request failed is told, and the rest stays ticked', async () => {
  const { next } = server();
  const page = await opened(reviews(1, 130));
  page.tickAll();
  const deciding = page.acceptAll();
  const { body, answer } = await next('/api/reviews/decisions');
  answer({ items: body.items.map(({ id }) => ({ id })) });
  (await next('/api/reviews/decisions')).refuse(503);
  (await next('/api/reviews')).answer({ items: reviews(101, 30), next_cursor: '' });
  (await next('/api/reviews/counts')).answer({ items: [] });
  await deciding;
  assert.deepEqual([page.chosen.length, page.chosen[0], page.failures.length], [30, '101', 1]);
  assert.deepEqual(
    toasts.map((t) => t.message),
    ['100 diterima.'],
  );
});

test('when the last row that is shown was decided, those that wait are read', async () => {
  const { next } = server();
  const page = await opened([review(1)], 'more');
  page.open({ currentTarget: { dataset: { id: '1' } } });
  const deciding = page.accept();
  (await next('/api/reviews/1/decision')).answer(review(1, { state: 'accepted' }));
  await deciding;
  assert.equal(page.empty, false, 'it does not say that there is nothing');
  (await next('/api/reviews')).answer({ items: [review(2)], next_cursor: '' });
  (await next('/api/reviews/counts')).answer({ items: [] });
  await new Promise((r) => setImmediate(r));
  assert.deepEqual(
    page.rows.map((r) => r.id),
    [2],
  );
});

test('the list is read again after a newer summary, whether the number of what waits is another or not', async () => {
  const page = await opened();
  const hear = followed.at(-1).on['summary.refreshed'];
  const says = (second, to_review, branch_id = 1) =>
    hear({ branch_id, as_of: `2026-11-02T01:00:0${second}Z`, to_review });
  says(1, 2);
  says(2, 2);
  assert.deepEqual(page.counts, { 1: 2 });
  const [other, same] = readings.splice(0);
  assert.ok(other < same, 'one that left while another came is rare, and may take longer');
  says(1, 5);
  assert.deepEqual([page.counts, readings], [{ 1: 2 }, []], 'an older one');
  page.filter.branch = '1';
  says(3, 1, 2);
  assert.deepEqual([page.counts, readings], [{ 1: 2, 2: 1 }, []], 'the list does not look at that branch');
});

test('opening again sends no note that was typed for something else', async () => {
  const { next } = server();
  const page = await opened([review(1)]);
  page.open({ currentTarget: { dataset: { id: '1' } } });
  page.note = 'tidak ada di kantor';
  const refusing = page.refuse();
  const refusal = await next('/api/reviews/1/decision');
  assert.equal(refusal.body.note, 'tidak ada di kantor');
  refusal.refuse(409, { code: 'stale' });
  await refusing;
  assert.deepEqual([page.noteWrong !== '', page.noteInvalid], [true, false], 'the note is not what is wrong');
  page.reopen();
  assert.equal((await next('/api/reviews/1/decision')).body.note, '');
});

test('a note is wrong when it is missing, and when the server says so', async () => {
  const { next } = server();
  const page = await opened([review(1)]);
  page.open({ currentTarget: { dataset: { id: '1' } } });
  page.refuse();
  assert.equal(page.noteInvalid, true);
  page.note = 'x';
  const refusing = page.refuse();
  assert.equal(page.noteInvalid, false);
  (await next('/api/reviews/1/decision')).refuse(422, { errors: [{ field: 'note', message: 'too short' }] });
  await refusing;
  assert.equal(page.noteInvalid, true);
});

test('refusing what is not ticked any more asks for nothing and closes', async () => {
  const { asked } = server();
  const page = await opened([review(1)]);
  let closed = 0;
  globalThis.document.getElementById = /** @type {any} */ (
    () => Object.assign(element(), { close: () => (closed += 1) })
  );
  page.chosen = [];
  page.values.note = 'x';
  await page.submit();
  assert.deepEqual([asked.length, closed], [0, 1]);
});

test('after a decision the focus goes to the next row, or to the title', async () => {
  const { next } = server();
  const [second, third, title] = [element(), element(), element()];
  const shown = { '#isi [data-test="open"]': [second, third] };
  browser(shown);
  const page = await opened(reviews(1, 3));
  page.open({ currentTarget: { dataset: { id: '2' } } });
  const deciding = page.accept();
  (await next('/api/reviews/2/decision')).answer(review(2, { state: 'accepted' }));
  await deciding;
  page.closed();
  assert.deepEqual([second.focused, third.focused], [0, 1]);

  Object.assign(shown, { '#isi [data-test="open"]': [] });
  globalThis.document.getElementById = /** @type {any} */ ((id) => (id === 'title' ? title : element()));
  page.closed();
  assert.equal(title.focused, 1);
});
