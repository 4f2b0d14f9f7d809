import test from 'node:test';
import assert from 'node:assert/strict';
import { circle, decimal, metres, zones } from '../src/js/places.js';

test('zones of Indonesia come first, and each comes once', () => {
  const all = zones().map((z) => z.name);
  assert.deepEqual(all.slice(0, 4), ['Asia/Jakarta', 'Asia/Pontianak', 'Asia/Makassar', 'Asia/Jayapura']);
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.length > 300);
});

test('numbers with a comma or a point', () => {
  for (const [value, want] of [
    ['-6,2', -6.2],
    [' 106.8 ', 106.8],
    ['−6.2', -6.2],
    ['0', 0],
    ['', null],
    ['a', null],
    ['1,2,3', null],
    [150, 150],
    ['Infinity', null],
  ])
    assert.equal(decimal(value), want, String(value));
});

test('a circle fits its square, and its bar is a round number', () => {
  for (const radius of [1, 10, 45, 46, 99, 100, 150, 227, 500, 1000, 5000, 100000]) {
    const c = circle(radius);
    assert.ok(c, `${radius}`);
    assert.ok(c.r > 15 && c.r < 46, `${radius}: ${c.r}`);
    assert.ok(Math.abs(c.metres / c.bar - radius / c.r) < 1e-9, 'one scale');
    assert.match(String(c.metres), /^0?\.?[124]0*$/, `${radius}: ${c.metres}`);
  }
  for (const radius of [null, 0, -1, 1e9]) assert.equal(circle(radius), null);
  assert.equal(metres(2000, 'en'), '2 km');
});
