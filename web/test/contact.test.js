import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { learnContact, stamp } from '../src/js/contact.js';
import { device } from '../src/js/device.js';
import { memoryStore, PunchQueue } from '../src/js/queue.js';

const kept = new Map();
Object.assign(device, {
  own: (user, key) => kept.get(user + key) ?? '',
  setOwn: (user, key, v) => kept.set(user + key, v),
});

beforeEach(() => kept.clear());

test('a tap says how long ago the contact was only where it is of this page', (t) => {
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  assert.equal(stamp(7).contact, '');
  learnContact(7, '1.a');
  now += 250;
  const own = stamp(7);
  assert.deepEqual([own.contact, own.since, own.monotonic.at], ['1.a', 250, 1250]);
  kept.set('7hadir.contact', '1.b'); // another tab was answered later
  const foreign = stamp(7);
  assert.deepEqual([foreign.contact, foreign.since], ['1.b', undefined]);
});

test('what is confirmed later forgets how long ago an earlier contact was', async () => {
  learnContact(7, '1.a');
  kept.set('7hadir.contact', '1.b'); // another tab was answered later
  const store = memoryStore();
  const queue = new PunchQueue({ store, send: async () => ({ status: 0 }), now: () => 0 });
  await queue.add({ key: 'k', user: 7, contact: '1.a', since: 5, body: {}, tappedAt: 0 });
  await queue.confirm('k', stamp(7));
  const [entry] = await queue.list(7);
  assert.deepEqual([entry.contact, entry.since], ['1.b', undefined]);
});
