import assert from 'node:assert/strict';
import { register } from 'node:module';
import { mock, test } from 'node:test';

register('./stand_ins/sockets.js', import.meta.url);

const listeners = {};
Object.assign(globalThis, {
  addEventListener: (name, f) => (listeners[name] ??= []).push(f),
  document: { hidden: false, addEventListener: () => {} },
  location: { protocol: 'https:', hostname: 'hadir.test', port: '' },
});
mock.timers.enable({ apis: ['setTimeout', 'Date'] });
mock.method(Math, 'random', () => 0);

const { configure, connection, follow } = await import('../src/js/live.js');
const { reach } = await import('../src/js/http.js');

const tell = (name) => listeners[name].forEach((f) => f());
const settle = () => new Promise((r) => setImmediate(r));
async function pass(ms) {
  for (let i = 0; i < ms; i++) mock.timers.tick(1);
  await settle();
}

test('a page whose network is gone says so at once, and does not disturb the socket that comes back', async () => {
  let away = false;
  configure({ pusher: { key: 'k' } });
  follow({
    read: async () => {
      reach.ok = !away;
      reach.changed();
      if (away) throw new Error('network');
    },
  });
  await pass(1);
  const { client } = /** @type {any} */ (globalThis);
  client.turn('connected');
  await pass(1);
  assert.equal(connection.state.name, 'live');

  away = true;
  tell('offline');
  await pass(5);
  assert.deepEqual([connection.state.name, client.calls], ['offline', ['disconnect']]);

  await pass(1500);
  away = false;
  tell('online');
  await pass(1500);
  assert.deepEqual(client.calls, ['disconnect', 'connect'], 'no other attempt while this one runs');
  client.turn('connected');
  await pass(1);
  assert.equal(connection.state.name, 'live');
});
