import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browser } from './pages.js';
import { speak } from './words.js';

speak();
browser();
const { agoText, wall } = await import('../src/js/wall.js');

test('how old the numbers are is said in seconds, then in minutes', () => {
  for (const [ms, said] of /** @type {[number, string][]} */ ([
    [-500, 'diperbarui 0 dtk lalu'], // a clock that was set back
    [2999, 'diperbarui 2 dtk lalu'],
    [59_999, 'diperbarui 59 dtk lalu'],
    [60_000, 'diperbarui 1 mnt lalu'],
    [3_600_000, 'diperbarui 60 mnt lalu'],
  ]))
    assert.equal(agoText(ms), said);
});

test('the address keeps the branch and the wall', () => {
  const part = Object.assign(wall(), { branch: '' });
  assert.deepEqual([part.wall, part.wallHref, part.deskHref], [false, '/dasbor?layar', '/dasbor']);
  part.branch = '3';
  assert.deepEqual([part.wallHref, part.deskHref], ['/dasbor?layar&branch=3', '/dasbor?branch=3']);
});
