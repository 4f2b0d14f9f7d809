import assert from 'node:assert/strict';
import test from 'node:test';
import './pages.js';

const kept = '7:{"state":"s-1","use":"confirm","from":"/profil"}';

// arriveAt loads the pages' part that knows of trips at an address, in a browser that keeps one.
let loads = 0;
async function arriveAt(address) {
  const items = new Map([['hadir.trip', kept]]);
  const shown = [];
  const given = {
    location: new URL(address, 'https://hadir.example'),
    history: { replaceState: (...to) => shown.push(to.at(-1)) },
    localStorage: {
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    },
  };
  for (const [name, value] of Object.entries(given))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  const { arrival } = await import(`../src/js/trip.js?${(loads += 1)}`);
  return { arrival, shown, left: items.get('hadir.trip') };
}

test('who comes back from the provider to the page Masuk ends the trip, once', async () => {
  const { arrival, shown, left } = await arriveAt('/masuk#oidc?state=s-1&code=c');
  assert.deepEqual(arrival, {
    trip: { state: 's-1', use: 'confirm', from: '/profil', user: 7 },
    came: { state: 's-1', code: 'c' },
  });
  assert.deepEqual(shown, ['/masuk']);
  assert.equal(left, undefined);
});

test('no other page, and no other state, ends a trip', async () => {
  for (const address of ['/profil#oidc?state=s-1&code=c', '/#oidc?state=s-1', '/profil', '/masuk']) {
    const { arrival, shown, left } = await arriveAt(address);
    assert.deepEqual([arrival, shown, left], [null, [], kept], address);
  }
  const { arrival, left } = await arriveAt('/masuk#oidc?state=s-2&code=c');
  assert.deepEqual([arrival?.trip.use, left], ['enter', kept]);
});
