import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceStore, later, laterBy, memoryStore, PunchQueue, requestFor, verdict } from '../src/js/queue.js';

const me = { id: 1, employee_id: 11 };
const entry = (key, tappedAt, more = {}) => ({
  key,
  user: 1,
  employee: 11,
  direction: 'in',
  tappedAt,
  body: { latitude: 1, longitude: 2 },
  ...more,
});

function queue(answers, now = () => 0) {
  const sent = [];
  const q = new PunchQueue({
    store: memoryStore(),
    now,
    send: async (r) => {
      sent.push(r);
      return answers.shift() ?? { status: 201 };
    },
  });
  return { q, sent };
}

test('a prompt request leaves the time to the server, a late one carries it', () => {
  assert.equal(requestFor(entry('a', 1000), 4_000).body.occurred_at, undefined);
  assert.deepEqual(requestFor(entry('a', 1000), 4_001).body, {
    latitude: 1,
    longitude: 2,
    employee_id: 11,
    occurred_at: '1970-01-01T00:00:01.000Z',
  });
  assert.equal(requestFor(entry('a', 0, { direction: 'out' }), 0).path, '/api/attendances/check-out');
});

test('the service worker, whose clock may be slow, never leaves the time to the server', async () => {
  const store = memoryStore();
  const tappedAt = Date.now() + 600_000; // by the server's clock, on a device that is ten minutes slow
  await store.put(entry('a', tappedAt, { state: 'waiting' }));
  const sent = [];
  const send = async (r) => {
    sent.push(r);
    return { status: 201 };
  };
  await later(send, store).drain(me);
  assert.equal(sent[0].body.occurred_at, new Date(tappedAt).toISOString());
});

test('a late request says what stands behind its time', () => {
  const clock = { timeOrigin: 5, now: () => 70_000.4 };
  const proven = { contact: '1.a.b', since: 900, monotonic: { origin: 5, at: 10_000 } };
  const { body } = requestFor(entry('a', 1000, proven), 61_000, clock);
  assert.deepEqual([body.contact, body.since_contact, body.age], ['1.a.b', 900, 60_000]);
  const reloaded = requestFor(entry('a', 1000, { ...proven, since: undefined }), 61_000, { ...clock, timeOrigin: 6 });
  const said = ['contact', 'employee_id', 'latitude', 'longitude', 'occurred_at'];
  assert.deepEqual(Object.keys(reloaded.body).sort(), said);
  const asleep = requestFor(entry('a', 1000, { ...proven, since: 8 * 24 * 3600_000 }), 61_000, clock);
  assert.equal(asleep.body.since_contact, undefined, 'more than the server takes');
  const prompt = requestFor(entry('a', 60_000, proven), 61_000, clock);
  assert.equal(prompt.body.contact, undefined);
});

test('what an answer means', () => {
  for (const [status, code, want] of [
    [201, '', 'sent'],
    [200, '', 'sent'],
    [202, '', 'sent'],
    [422, 'offline_off', 'refused'],
    [409, 'idempotency_mismatch', 'sent'],
    [409, 'conflict', 'refused'],
    [409, 'other_person', 'waiting'],
    [409, 'confirm_direction', 'asked'],
    [422, 'outside_area', 'refused'],
    [0, 'network', 'waiting'],
    [503, 'unavailable', 'waiting'],
    [500, 'internal', 'waiting'],
    [401, 'unauthenticated', 'waiting'],
    [429, 'throttled', 'waiting'],
    [429, 'too_many_punches', 'waiting'],
    [429, 'too_many_claims', 'later'],
  ]) {
    assert.equal(verdict(status, code), want, `${status} ${code}`);
  }
});

test('a tap survives a lost network and is sent once, with its own key', async () => {
  const { q, sent } = queue([{ status: 0 }, { status: 201 }]);
  await q.add(entry('k1', 0));
  assert.equal((await q.drain(me))[0].outcome, 'waiting');
  assert.equal((await q.list(1)).length, 1);
  assert.equal((await q.drain(me))[0].outcome, 'sent');
  assert.deepEqual(await q.drain(me), []);
  assert.deepEqual(
    sent.map((r) => r.key),
    ['k1', 'k1'],
  );
});

test('order holds: a check-out waits for its check-in', async () => {
  const { q, sent } = queue([{ status: 503 }]);
  await q.add(entry('out', 2000, { direction: 'out' }));
  await q.add(entry('in', 1000));
  await q.drain(me);
  assert.deepEqual(
    sent.map((r) => r.key),
    ['in'],
  );
  await q.drain(me);
  assert.deepEqual(
    sent.map((r) => r.key),
    ['in', 'in', 'out'],
  );
});

test('a refused punch stays to be read and holds nobody up', async () => {
  const { q } = queue([{ status: 422, code: 'outside_area', reason: 'Di luar area.' }, { status: 201 }]);
  await q.add(entry('a', 1));
  await q.add(entry('b', 2));
  assert.deepEqual(
    (await q.drain(me)).map((d) => d.outcome),
    ['refused', 'sent'],
  );
  assert.deepEqual(
    (await q.list(1)).map((e) => [e.key, e.state, e.reason]),
    [['a', 'refused', 'Di luar area.']],
  );
  await q.remove('a');
  assert.deepEqual(await q.list(1), []);
});

test('another person on the same device sends nothing of mine', async () => {
  const { q, sent } = queue([]);
  await q.add(entry('a', 1));
  assert.deepEqual(await q.drain({ id: 2, employee_id: 12 }), []);
  assert.deepEqual(sent, []);
});

test('what the session of another refuses waits, unread, for its owner, and goes in that name', async () => {
  const { q, sent } = queue([{ status: 409, code: 'other_person', reason: 'Orang lain.' }, { status: 201 }]);
  await q.add(entry('a', 1));
  assert.deepEqual(
    (await q.drain(me)).map((d) => d.outcome),
    ['waiting'],
  );
  assert.deepEqual(await q.list(2), []);
  assert.deepEqual(
    (await q.list(1)).map((e) => [e.key, e.state, e.reason]),
    [['a', 'waiting', '']],
  );
  assert.deepEqual(
    (await q.drain(me)).map((d) => d.outcome),
    ['sent'],
  );
  assert.deepEqual(
    sent.map((r) => [r.user, r.body.employee_id]),
    [
      [1, 11],
      [1, 11],
    ],
  );
});

test('one that an earlier release kept names the person from now on', async () => {
  const { q, sent } = queue([]);
  const { employee, ...old } = entry('a', 1);
  await q.add(old);
  await q.drain(me);
  assert.equal(sent[0].body.employee_id, employee);
});

test('two drains at once send once', async () => {
  const { q, sent } = queue([]);
  await q.add(entry('a', 1));
  await Promise.all([q.drain(me), q.drain(me)]);
  assert.equal(sent.length, 1);
});

test('a database that never opens keeps nobody from checking in', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const store = deviceStore(() => new Promise(() => {}));
  const soon = async (promise) => {
    let done = false;
    promise.then(() => {
      done = true;
    });
    while (!done) {
      t.mock.timers.tick(2000);
      await new Promise((r) => setImmediate(r));
    }
    return promise;
  };
  await soon(store.put(entry('a', 1)));
  assert.deepEqual(
    (await soon(store.all())).map((e) => e.key),
    ['a'],
  );
  await soon(store.remove('a'));
  assert.deepEqual(await soon(store.all()), []);
});

test('without a database entries last as long as the page, and one that is back takes over', async () => {
  let there = false;
  const rows = new Map();
  const db = {
    put: async (_, e) => {
      rows.set(e.key, e);
    },
    delete: async (_, k) => {
      rows.delete(k);
    },
    getAll: async () => [...rows.values()],
  };
  const store = deviceStore(() => ({
    then: (yes, no) => (there ? Promise.resolve(db) : Promise.reject(new Error('no'))).then(yes, no),
  }));
  await store.put(entry('a', 1));
  assert.equal(rows.size, 0);
  there = true;
  assert.deepEqual(
    (await store.all()).map((e) => e.key),
    ['a'],
  );
  await store.put(entry('a', 1, { state: 'refused' }));
  assert.deepEqual(
    (await store.all()).map((e) => e.state),
    ['refused'],
  );
  assert.equal(rows.size, 1);
});

test('a punch that the server asks about waits for its owner, and holds up nobody', async () => {
  const { q, sent } = queue([
    { status: 409, code: 'confirm_direction', reason: 'meant?' },
    { status: 201 },
    { status: 201 },
  ]);
  await q.add(entry('k1', 0, { direction: 'out' }));
  await q.add(entry('k2', 1));
  const done = await q.drain(me);
  assert.deepEqual(
    done.map((d) => d.outcome),
    ['asked', 'sent'],
  );
  const [asked] = await q.list(1);
  assert.deepEqual([asked.key, asked.state, asked.reason], ['k1', 'asked', 'meant?']);
  assert.deepEqual(await q.drain(me), [], 'nothing is sent before there is an answer');
  await q.confirm('k1', { tappedAt: 5 });
  await q.drain(me);
  assert.deepEqual(sent.at(-1), {
    path: '/api/attendances/check-out',
    key: 'k1',
    user: 1,
    body: { latitude: 1, longitude: 2, confirm: true, employee_id: 11 },
  });
  assert.deepEqual(await q.list(1), []);
});

test('one that the server takes only after a decision is tried again later, and holds up nobody', async () => {
  const full = { status: 429, code: 'too_many_claims', reason: 'Menunggu keputusan.' };
  const sent = [];
  const answers = [full, { status: 201 }, { status: 202 }, full, { status: 202 }];
  let clock = 10_000_000;
  const q = new PunchQueue({
    store: memoryStore(),
    now: () => Infinity,
    deviceNow: () => clock,
    send: async (r) => {
      sent.push(r.key);
      return answers.shift();
    },
  });
  await q.add(entry('full', 1));
  await q.add(entry('same day', 2, { direction: 'out' }));
  await q.add(entry('next day', 3));
  assert.deepEqual(
    (await q.drain(me)).map((d) => d.outcome),
    ['later', 'sent', 'sent'],
  );
  assert.deepEqual(
    (await q.list(1)).map((e) => [e.key, e.state, e.reason]),
    [['full', 'later', 'Menunggu keputusan.']],
  );
  clock += laterBy - 1;
  assert.deepEqual(await q.drain(me), [], 'not in a loop');
  clock += 1;
  assert.deepEqual(
    (await q.drain(me)).map((d) => d.outcome),
    ['later'],
    'nobody has decided yet',
  );
  clock -= 2 * laterBy; // somebody set the clock right
  assert.deepEqual(
    (await q.drain(me)).map((d) => d.outcome),
    ['sent'],
  );
  assert.deepEqual(sent, ['full', 'same day', 'next day', 'full', 'full']);
  assert.deepEqual(await q.list(1), []);
});
