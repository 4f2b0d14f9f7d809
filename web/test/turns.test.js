import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kept } from '../src/js/editing.js';
import { turns } from '../src/js/turns.js';

test('an answer that a later reading has overtaken is no news', () => {
  const begin = turns();
  const [first, second, third] = [begin(), begin(), begin()];
  assert.equal(second(), true);
  assert.equal(first(), false);
  assert.equal(third(), true);
  assert.equal(begin()(), true);
});

test('what was typed stays when the server changes what a form is about', () => {
  const before = { name: 'Siti', branch_id: '1', department: 'Gudang' };
  const now = { name: 'Siti', branch_id: '2', department: 'Toko' };
  assert.deepEqual(kept({ ...before, name: 'Siti A.' }, before, now), { ...now, name: 'Siti A.' });
  assert.deepEqual(kept(before, before, now), now);
});
