import assert from 'node:assert/strict';
import test from 'node:test';

globalThis.location = /** @type {any} */ (new URL('https://hadir.example/masuk'));
const { within } = await import('../src/js/nav.js');

test('a link leads to our own pages only', () => {
  assert.equal(within('/riwayat?q=a#b'), '/riwayat?q=a');
  assert.equal(within('/'), '/');
  const others = [
    '//other.example',
    '/\\other.example',
    '/.//other.example',
    '/..//other.example',
    '/.\\/other.example',
  ];
  for (const address of [...others, 'https://other.example', 'riwayat', 'javascript:alert(1)', '/\t/other.example', ''])
    assert.equal(within(address), '', address);
});
