import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { list } from '../src/js/list.js';

const { fetch } = globalThis;
afterEach(() => Object.assign(globalThis, { fetch }));

// rows makes a server with so many rows, which gives the numbers from a cursor on, and returns what it was asked.
function rows(n) {
  const asked = [];
  globalThis.fetch = async (address, init) => {
    init?.signal?.throwIfAborted();
    const query = new URL(String(address), 'http://x').searchParams;
    const [from, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit'))];
    asked.push(limit);
    const items = Array.from({ length: Math.min(limit, n - from) }, (_, i) => ({ id: from + i }));
    return Response.json({ items, next_cursor: from + limit < n ? String(from + limit) : '' });
  };
  return asked;
}

test('a list of more rows than one answer holds is read again as a whole', async () => {
  const asked = rows(1300);
  const letters = list({ route: '/api/ops/dead-letters', quiet: true });
  await letters.read(1200);
  assert.deepEqual(asked, [500, 500, 200]);
  assert.deepEqual([letters.rows.length, letters.rows.at(-1)?.id, letters.next], [1200, 1199, '1200']);
  await letters.read(5000);
  assert.deepEqual([letters.rows.length, letters.next], [1300, '']);
});

test('a reading that another one replaced changes nothing any more, however far it was', async () => {
  rows(1300);
  const letters = list({ route: '/api/ops/dead-letters', quiet: true });
  const long = assert.rejects(letters.read(1300), { name: 'AbortError' });
  await letters.read(50);
  await long;
  assert.equal(letters.rows.length, 50);
});
