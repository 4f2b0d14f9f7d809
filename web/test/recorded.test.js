import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeNow, withPlace } from '../src/js/recorded.js';
import { speak } from './words.js';

speak();

const punch = (distance, accuracy, more = {}) => ({ distance, outside_area: false, fix: { accuracy }, ...more });
const far = punch(42_000, 12, { outside_area: true });
const vague = punch(42_000, 100_000, { outside_area: true, doubts: ['inaccurate'] });

test('who punched is told how far from the site that was', () => {
  assert.equal(withPlace('Masuk', undefined, 'flag'), 'Masuk');
  assert.equal(withPlace('Masuk', { outside_area: false, fix: { accuracy: 3 } }, 'flag'), 'Masuk', 'no site');
  assert.equal(withPlace('Masuk', punch(11.2, 5), 'block'), 'Masuk, 12 m dari lokasi kerja (±5 m).');
  assert.match(withPlace('Masuk', far, 'flag'), /^Masuk\. Anda di luar area cabang, 42 km dari .* ditandai/);
  assert.match(withPlace('Masuk', vague, 'flag'), /^Masuk\. Perangkat tahu posisinya hanya sampai ±100 km.* ditandai/);
  assert.equal(withPlace('Masuk', vague, 'record'), 'Masuk, 42 km dari lokasi kerja (±100 km).', 'nothing is marked');
});

test('who is asked for their location is told before the first tap how far they are', () => {
  const monas = { latitude: -6.1754, longitude: 106.8272, radius: 100 };
  const bandung = { latitude: -6.9147, longitude: 107.6098, radius: 100 };
  const at = (metresSouth, accuracy) => ({ latitude: -6.1754 - metresSouth / 111_200, longitude: 106.8272, accuracy });
  assert.match(placeNow(at(80, 5), [bandung, monas]), /^Anda 80 m dari lokasi kerja \(±5 m\)\. Tekan/);
  assert.match(placeNow(at(110, 12), [monas]), /Tekan/, 'the circle touches');
  assert.match(placeNow(at(42_000, 12), [bandung, monas]), /^Anda di luar area cabang, 42 km dari lokasi kerja/);
});
