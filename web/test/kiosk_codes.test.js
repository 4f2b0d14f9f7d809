import assert from 'node:assert/strict';
import { test } from 'node:test';
import decodeQR from 'qr/decode.js';
import { Reader } from '../src/js/badge.js';
import { KioskClock } from '../src/js/kiosk_clock.js';
import { codeAt, codeIn, linkOf, over, picture } from '../src/js/kiosk_codes.js';

const step = 8000; // milliseconds
const first = 222_222_222;
const codes = Array.from({ length: 16 }, (_, i) => ({ step: first + i, code: `1.7.${first + i}.abc-_${i}` }));

test('a kiosk shows the code of the step that the server is in', () => {
  const at = (ms) => codeAt(codes, first * step + ms, step);
  assert.deepEqual([at(0), at(7999), at(8000)], [codes[0].code, codes[0].code, codes[1].code]);
  assert.equal(at(15 * step + 7999), codes[15].code, 'the last one');
  assert.deepEqual([at(-1), at(16 * step), codeAt(codes, NaN, step), codeAt([], first * step, step)], ['', '', '', '']);
});

test('a code is good in its step and the next one', () => {
  const at = (ms) => over(`1.7.${first}.abc`, first * step + ms);
  assert.deepEqual([at(0), at(15_999), at(16_000), at(3600_000)], [false, false, true, true]);
  assert.equal(at(-2000), false, 'to a phone whose answer took its time');
  assert.equal(over('', first * step), true);
});

test('what is behind the # of an address is a code or nothing', () => {
  const { code } = codes[0];
  assert.equal(codeIn(new URL(linkOf(code, 'https://hadir.example')).hash), code);
  for (const wrong of ['', '#', '#2.7.1.abc', '#1.7.abc', '#1.7.1.', '#1.7.1.abc def', '#1.x.1.abc', '#<b>'])
    assert.equal(codeIn(wrong), '', wrong);
});

// painted is what a picture shows, with a number of pixels for each of its squares.
function painted(address, scale) {
  const svg = decodeURIComponent(address.replace('data:image/svg+xml,', ''));
  const size = Number(svg.match(/viewBox="0 0 (\d+) \1"/)?.[1]);
  const width = size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const from = row * width + Number(x) * scale;
      for (let at = from; at < from + Number(length) * scale; at++) data.fill(0, at * 4, at * 4 + 3);
    }
  }
  return { width, height: width, data };
}

test('a picture of a link can be read', () => {
  for (const origin of ['https://hadir.example', 'http://10.20.30.40:8080', `https://${'a'.repeat(60)}.example`]) {
    const link = linkOf(codes[3].code, origin);
    assert.equal(decodeQR(painted(picture(link), 5)), link);
  }
});

test("the server's time on a tablet is nobody else's", () => {
  let mono = 1000;
  let wall = Date.parse('2001-01-01T00:00:00Z'); // a tablet whose clock was never set
  const clock = new KioskClock(
    () => mono,
    () => wall,
  );
  const pass = (ms, shown = ms) => {
    mono += ms;
    wall += shown;
  };
  assert.deepEqual([clock.now(), codeAt(codes, clock.now(), step)], [NaN, '']);
  const asked = clock.mark();
  pass(600);
  clock.learn(new Date(first * step).toISOString(), asked);
  assert.equal(clock.now(), first * step + 300, 'the server said it half way in between');
  pass(8000);
  assert.deepEqual([codeAt(codes, clock.now(), step), clock.doubtful], [codes[1].code, false]);
  pass(1000, 3600_000);
  assert.deepEqual([codeAt(codes, clock.now(), step), clock.doubtful], [codes[1].code, true], 'somebody set its clock');
  clock.learn(new Date(first * step + 10_000).toISOString(), clock.mark());
  assert.equal(clock.doubtful, false);
  pass(0, 300_000);
  assert.equal(clock.doubtful, true, 'it slept');
});

// typed gives a reader keys, so many milliseconds apart, and returns what it made of the last one.
function typed(reader, keys, apart, from = 0) {
  return keys.map((key, i) => reader.press(key, from + i * apart)).at(-1);
}

test('a card is what is typed faster than a hand can, and ends with Enter', () => {
  const card = [...'0012345678', 'Enter'];
  assert.equal(typed(new Reader(), card, 12), '0012345678');
  assert.equal(typed(new Reader(), card, 49), '0012345678');
  assert.equal(typed(new Reader(), card, 50), '', 'a hand');
  assert.equal(typed(new Reader(), [...'123', 'Enter'], 5), '', 'too short');
  assert.equal(typed(new Reader(), ['Shift', 'A', 'Shift', 'B', 'c', '-', '1', 'Enter'], 9), 'ABc-1');
  assert.equal(typed(new Reader(), [...'12', 'Backspace', ...'345', 'Enter'], 5), '', 'no reader corrects itself');
});

test('what a hand typed before a card is none of the card', () => {
  const reader = new Reader();
  typed(reader, [...'JKT'], 180);
  assert.equal(typed(reader, [...'998877', 'Enter'], 8, 1000), '998877');
  assert.equal(reader.press('Enter', 2000), '', 'it is told once');
  typed(reader, [...'1234'], 8, 3000);
  assert.equal(reader.press('Enter', 3500), '', 'the Enter came from a hand');
  assert.equal(typed(reader, [...'4455', 'Enter'], 8, 9000), '4455', 'the next one');
});

test('a page can tell what a card may have begun to overwrite', () => {
  const reader = new Reader();
  const began = [...'12345'].map((key, i) => {
    reader.press(key, 500 + i * 10);
    return reader.began;
  });
  assert.deepEqual(began, [true, false, false, false, false]);
});
