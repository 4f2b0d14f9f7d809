import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batched } from '../src/js/authorise.js';
import { backoff, pollPause, spread } from '../src/js/pace.js';
import { Refresher } from '../src/js/refresher.js';
import { stateOf, Subscriptions } from '../src/js/subscriptions.js';
import { hands } from './clock.js';

const low = () => 0;
const high = () => 1;

test('attempts back off by doubling, with jitter, up to a bound', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 99].map((n) => backoff(n, { random: high })),
    [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000],
  );
  assert.deepEqual(
    [0, 3, 99].map((n) => backoff(n, { random: low })),
    [500, 4000, 7500],
  );
  assert.ok(
    new Set(Array.from({ length: 20 }, () => backoff(5))).size > 10,
    'pages that failed together do not come back together',
  );
});

test('a page that polls looks soon, then every 5 to 15 seconds', () => {
  assert.deepEqual(
    [0, 1, 2, 50].map((n) => pollPause(n, low)),
    [2000, 3000, 5000, 5000],
  );
  assert.deepEqual(
    [0, 1, 2, 50].map((n) => pollPause(n, high)),
    [4000, 6000, 15_000, 15_000],
  );
});

test('the more watch, the longer they spread, up to a bound', () => {
  assert.deepEqual(
    [0, 1, 200, 400, 100_000].map((n) => spread(n, high)),
    [300, 300, 4000, 8000, 10_000],
  );
  assert.equal(spread(200, low), 0);
});

test('the header says live only when it is true, and tells the socket from the server', () => {
  const now = { reachable: true, whole: true, fresh: true, waited: true };
  assert.equal(stateOf(now), 'live');
  assert.equal(stateOf({ ...now, fresh: false }), 'polling', 'something may have been missed');
  assert.equal(stateOf({ ...now, whole: false }), 'polling');
  assert.equal(stateOf({ ...now, whole: false, waited: false }), 'connecting');
  assert.equal(stateOf({ ...now, reachable: false }), 'offline');
  assert.equal(stateOf({ ...now, whole: false, reachable: false }), 'offline');
});

// page is a Refresher whose readings the test answers.
function page(more = {}) {
  const clock = hands();
  /** @type {{ resolve: (value?: unknown) => void, reject: (reason: Error) => void }[]} */
  const asked = [];
  const p = { clock, asked, live: false, hidden: false, epoch: 0 };
  p.refresher = new Refresher({
    read: () =>
      new Promise((resolve, reject) => {
        p.asked.push({ resolve, reject });
      }),
    live: () => p.live,
    hidden: () => p.hidden,
    mark: () => p.epoch,
    random: high,
    now: clock.now,
    later: clock.later,
    cancel: clock.cancel,
    ...more,
  });
  return p;
}

test('the snapshot is read at once, and again every few seconds until events arrive', async () => {
  const p = page();
  p.refresher.soon(0);
  await p.clock.pass(0);
  assert.equal(p.asked.length, 1, 'nothing waits for the socket');
  p.asked[0].resolve();
  await p.clock.pass(4000);
  assert.equal(p.asked.length, 2);
  p.asked[1].resolve();
  await p.clock.pass(6000);
  assert.equal(p.asked.length, 3);
  p.live = true;
  p.asked[2].resolve();
  await p.clock.pass(600_000);
  assert.equal(p.asked.length, 3, 'a live page does not poll');
  p.live = false;
  p.refresher.check();
  await p.clock.pass(4000);
  assert.equal(p.asked.length, 4, 'soon again at first');
});

test('becoming live ends the polling', async () => {
  const p = page();
  p.refresher.soon(0);
  await p.clock.pass(0);
  p.asked[0].resolve();
  await p.clock.pass(0);
  assert.equal(p.clock.waiting.length, 1);
  p.live = true;
  p.refresher.check();
  assert.deepEqual(p.clock.waiting, []);
});

test('a failure is tried again with backoff, live or not', async () => {
  const p = page();
  p.live = true;
  p.refresher.soon(0);
  await p.clock.pass(0);
  for (const [i, pause] of [1000, 2000, 4000, 8000, 15_000, 15_000].entries()) {
    p.asked[i].reject(new Error('503'));
    await p.clock.pass(pause - 1);
    assert.equal(p.asked.length, i + 1);
    await p.clock.pass(1);
    assert.equal(p.asked.length, i + 2);
  }
  assert.equal(p.refresher.seen, undefined);
  p.asked.at(-1)?.resolve();
  await p.clock.pass(60_000);
  assert.equal(p.asked.length, 7);
  assert.equal(p.refresher.seen, 0);
});

test('many requests make one reading, and one more for what came during it', async () => {
  const p = page();
  p.live = true;
  for (const ms of [300, 100, 200]) p.refresher.soon(ms);
  await p.clock.pass(100);
  assert.equal(p.asked.length, 1);
  p.epoch = 1;
  p.refresher.soon(50);
  p.refresher.soon(500);
  await p.clock.pass(1000);
  assert.equal(p.asked.length, 1, 'one at a time');
  p.asked[0].resolve();
  await p.clock.pass(0);
  assert.equal(p.refresher.seen, 0, 'it may have begun too early');
  await p.clock.pass(50);
  assert.equal(p.asked.length, 2);
  p.asked[1].resolve();
  await p.clock.pass(1000);
  assert.equal(p.refresher.seen, 1);
  assert.equal(p.asked.length, 2);
});

test('a hidden page waits until it is seen', async () => {
  const p = page();
  p.refresher.soon(0);
  await p.clock.pass(0);
  p.asked[0].resolve();
  p.hidden = true;
  await p.clock.pass(600_000);
  assert.equal(p.asked.length, 1);
  p.hidden = false;
  p.refresher.shown();
  await p.clock.pass(0);
  assert.equal(p.asked.length, 2);
});

test('a page that looks by itself does so while it is live, too', async () => {
  const p = page({ every: 5000 });
  p.live = true;
  p.refresher.soon(0);
  await p.clock.pass(0);
  p.asked[0].resolve();
  await p.clock.pass(5000);
  assert.equal(p.asked.length, 2);
});

// ears are Subscriptions to some channels; asked lists what is asked for again.
function ears(names) {
  const clock = hands();
  /** @type {string[]} */
  const asked = [];
  const e = { clock, asked, changes: 0 };
  e.subs = new Subscriptions({
    changed: () => {
      e.changes += 1;
    },
    random: high,
    later: clock.later,
    cancel: clock.cancel,
  });
  for (const name of names) e.subs.want(name, () => e.asked.push(name));
  return e;
}

test('a page is whole when every channel stands, and not after the socket is lost', () => {
  const { subs } = ears(['a', 'b']);
  assert.equal(subs.whole, false);
  subs.connected();
  subs.succeeded('a');
  assert.equal(subs.whole, false);
  subs.succeeded('b');
  assert.equal(subs.whole, true);
  subs.lost();
  assert.equal(subs.whole, false);
  subs.connected();
  subs.succeeded('a');
  subs.succeeded('b');
  assert.equal(subs.whole, true);
});

test('refused channels are asked for together, with backoff, for as long as the page is open', async () => {
  const { subs, asked, clock } = ears(['a', 'b', 'c']);
  subs.connected();
  subs.succeeded('c');
  for (const pause of [1000, 2000, 4000, 8000, 15_000, 15_000]) {
    subs.failed('a');
    subs.failed('b');
    await clock.pass(pause - 1);
    assert.deepEqual(asked, []);
    await clock.pass(1);
    assert.deepEqual(asked.splice(0), ['a', 'b'], 'in one turn, so that one request is enough');
  }
  subs.succeeded('a');
  subs.succeeded('b');
  assert.equal(subs.whole, true);
  subs.failed('b'); // the server ended it
  await clock.pass(1000);
  assert.deepEqual(asked, ['b'], 'what succeeded begins anew');
});

test('nothing is asked for again on a socket that is gone', async () => {
  const { subs, asked, clock } = ears(['a']);
  subs.connected();
  subs.failed('a');
  subs.lost();
  await clock.pass(600_000);
  assert.deepEqual(asked, []);
});

test('the channels of one turn are signed in one request, each socket for itself', async () => {
  const clock = hands();
  const posts = [];
  const answers = {};
  const handler = batched(
    async (socket, names) => {
      posts.push([socket, names]);
      if (socket === '9.9') throw new Error('503');
      return Object.fromEntries(names.filter((n) => n !== 'secret').map((n) => [n, { auth: `${socket}:${n}` }]));
    },
    (f) => clock.later(f, 0),
  );
  const ask = (socketId, channelName) =>
    handler({ socketId, channelName }, (error, data) => {
      answers[`${socketId} ${channelName}`] = error ? 'refused' : data.auth;
    });
  ask('1.1', 'a');
  ask('1.1', 'secret');
  ask('9.9', 'a');
  ask('1.1', 'b');
  await clock.pass(0);
  assert.deepEqual(posts, [
    ['1.1', ['a', 'secret', 'b']],
    ['9.9', ['a']],
  ]);
  assert.deepEqual(answers, { '1.1 a': '1.1:a', '1.1 b': '1.1:b', '1.1 secret': 'refused', '9.9 a': 'refused' });
  ask('1.1', 'c');
  await clock.pass(0);
  assert.equal(posts.length, 3);
});
