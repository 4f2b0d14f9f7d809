import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Problem } from '../src/js/http.js';
import { Insistence } from '../src/js/insistence.js';

const network = new EventTarget();
const page = Object.assign(new EventTarget(), { hidden: false, getElementById: () => null });
Object.assign(globalThis, { document: page, addEventListener: network.addEventListener.bind(network) });
mock.timers.enable({ apis: ['setTimeout'] });

// away makes a reading that fails with these statuses, one after the other, and then succeeds.
function away(...statuses) {
  const asked = { n: 0 };
  const read = async () => {
    const status = statuses[asked.n++];
    if (status !== undefined) throw new Problem(status, '', '');
  };
  return { asked, read };
}
const settle = () => new Promise((done) => setImmediate(done));

test('what fails for a while is read until it succeeds, and no longer', async () => {
  const { asked, read } = away(503, 0, 500, 429);
  await new Insistence().try(read);
  assert.equal(asked.n, 1);
  for (const n of [2, 3, 4, 5, 5]) {
    mock.timers.tick(30_000);
    await settle();
    assert.equal(asked.n, n);
  }
});

test('what the server refuses is not asked for again, nor what something else took the place of', async () => {
  const { asked, read } = away(404);
  const insistence = new Insistence();
  await insistence.try(read);
  const old = away(503, 503);
  await insistence.try(old.read);
  const next = away();
  await insistence.try(next.read);
  mock.timers.tick(60_000);
  await settle();
  assert.deepEqual([asked.n, old.asked.n, next.asked.n], [1, 1, 1]);
});

test('a page asks at once when the network is back or somebody looks at it, and not while nobody does', async () => {
  const { asked, read } = away(0, 0, 0, 0);
  await new Insistence().try(read);
  network.dispatchEvent(new Event('online'));
  await settle();
  assert.equal(asked.n, 2);
  page.hidden = true;
  mock.timers.tick(60_000);
  await settle();
  assert.equal(asked.n, 2);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.equal(asked.n, 3);
});
