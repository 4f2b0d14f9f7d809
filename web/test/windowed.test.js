import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameBudget } from '../src/js/frame_budget.js';
import { towards, Windowed } from '../src/js/windowed.js';
import { unchanged } from '../src/js/rows.js';

const keys = Array.from({ length: 5000 }, (_, i) => `${i}/2026-11-02`);
const screen = 900; // pixels

test('of 5,000 rows those on the screen are drawn, and a few beside them, wherever it stands', () => {
  const view = new Windowed();
  view.list(keys);
  keys.forEach((key, i) => view.measured(key, i % 3 === 0 ? 65 : 49));
  view.list(keys);
  const whole = keys.reduce((n, _, i) => n + (i % 3 === 0 ? 65 : 49), 0);
  for (let top = -400; top < whole + 400; top += 333) {
    view.look(top, screen);
    assert.ok(view.to - view.from <= 56, `${view.to - view.from} rows`);
    const drawn = keys.slice(view.from, view.to);
    const { first, above, below } = view.space(drawn);
    assert.equal(first, view.from);
    const high = drawn.reduce((n, _, i) => n + ((first + i) % 3 === 0 ? 65 : 49), 0);
    assert.equal(above + high + below, whole, 'the page stays as long as its list');
    if (top >= 0 && top + screen <= whole) assert.ok(above <= top && whole - below >= top + screen, 'no gap is seen');
  }
});

test('the window moves by steps, and nothing is left when the list is empty', () => {
  const view = new Windowed();
  view.list(keys);
  view.look(10_000, screen);
  assert.equal(view.look(10_010, screen), false);
  assert.equal(view.look(10_600, screen), true);
  view.list([]);
  view.look(10_600, screen);
  assert.deepEqual(view.space([]), { first: 0, above: 0, below: 0 });
});

test('rows that are not drawn yet keep their space', () => {
  const view = new Windowed();
  view.list(['a', 'b', 'c', 'd']);
  for (const key of ['a', 'b', 'c', 'd']) view.measured(key, 40);
  view.list(['a', 'b', 'c', 'd']);
  assert.deepEqual(view.space(['b', 'c']), { first: 1, above: 40, below: 40 });
  assert.deepEqual(view.space([]), { first: 4, above: 160, below: 0 });
});

test('a frame draws a bounded number of rows, and the frames after it the rest, in order', () => {
  const wanted = keys.slice(0, 30).map((key) => ({ key }));
  let drawn = /** @type {{ key: string }[]} */ ([]);
  const sizes = [];
  for (let left = -1; left < 0;) {
    const next = towards(drawn, wanted, 8);
    assert.ok(next.rows.filter((r) => !drawn.includes(r)).length <= 8);
    ({ rows: drawn, left } = next);
    sizes.push(drawn.length);
  }
  assert.deepEqual(sizes, [8, 16, 24, 30]);
  assert.deepEqual(drawn, wanted);

  const changed = wanted.map((r) => ({ ...r }));
  const half = towards(drawn, changed, 8);
  assert.deepEqual([half.rows.length, half.left < 0], [30, true], 'what has not changed yet stays as it was');
  assert.equal(half.rows[7], changed[7]);
  assert.equal(half.rows[8], wanted[8]);
  assert.deepEqual(towards(drawn, wanted.slice(4), 8).rows, wanted.slice(4), 'what left is gone at once');
});

test('a list that is held at a length loses old rows only to new ones', () => {
  const rows = (from) => keys.slice(from, from + 6).map((key) => ({ key }));
  const drawn = rows(10);
  const newer = [...rows(0), ...drawn].slice(0, 6);
  const next = towards(drawn, newer, 2, 6);
  assert.deepEqual(next.rows, [...newer.slice(0, 2), ...drawn.slice(0, 4)], 'the newest first, the oldest go');
  assert.ok(next.left < 0);
  assert.deepEqual(towards(next.rows, newer, 4, 6), { rows: newer, left: 0 }, 'and nothing else in the end');
  assert.equal(towards(drawn, drawn.slice(0, 3), 2, 6).rows.length, 3, 'what is gone does not come back');
});

test('a slow browser draws fewer rows in a frame, and more again when it is fast', () => {
  const budget = frameBudget(8);
  for (const [took, rows] of [
    [60, 4],
    [41, 2],
    [200, 1],
    [200, 1],
    [30, 1],
    [10, 2],
    [10, 3],
  ]) {
    budget.took(took);
    assert.equal(budget.rows, rows);
  }
  for (let i = 0; i < 20; i += 1) budget.took(1);
  assert.equal(budget.rows, 8, 'never more than it was given');
});

test('a row that says the same stays the same object', () => {
  const same = unchanged();
  const [one, two] = same([
    { key: 1, time: ['08:00', ''] },
    { key: 2, time: ['08:01', ''] },
  ]);
  const next = same([
    { key: 2, time: ['08:01', ''] },
    { key: 1, time: ['08:02', ''] },
  ]);
  assert.equal(next[0], two);
  assert.notEqual(next[1], one);
  assert.deepEqual(next[1].time, ['08:02', '']);
});

test('the heights of rows that left the list do not gather', () => {
  const view = new Windowed();
  for (let date = 1; date <= 3; date++) {
    const listed = keys.map((key) => `${key}+${date}`);
    view.list(listed);
    for (const key of listed) view.measured(key, 40 + date);
  }
  view.list(['new', ...keys.map((key) => `${key}+3`)]);
  assert.equal(view.kept, 5000);
  assert.equal(view.space(['new']).below, 5000 * 43, 'the others are as high as before');
  assert.equal(view.space([`${keys[0]}+3`]).above, 43, 'a new one is as high as they are');
});
