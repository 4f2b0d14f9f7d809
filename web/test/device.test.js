import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheOf, Device, leavingCache } from '../src/js/device.js';

const location = 'hadir.location';
const language = 'hadir.language.unsaved';
const contact = 'hadir.contact';

// browser is what tabs of one browser share; tab makes the scope of one of them.
function browser() {
  const kept = new Map();
  const caches = new Set();
  const tabs = [];
  const shared = {
    localStorage: {
      getItem: (k) => kept.get(k) ?? null,
      setItem: (k, v) => {
        kept.set(k, v);
      },
      removeItem: (k) => {
        kept.delete(k);
      },
    },
    caches: {
      open: async (name) => {
        caches.add(name);
      },
      delete: async (name) => caches.delete(name),
      keys: async () => [...caches],
    },
  };
  const tab = () => {
    const heard = [];
    const me = {};
    tabs.push(me);
    const device = new Device({
      ...shared,
      BroadcastChannel: class {
        addEventListener(_, listener) {
          me.hear = (data) => listener({ data });
        }
        postMessage(data) {
          for (const t of tabs) if (t !== me) t.hear?.(data);
        }
      },
    });
    device.listen((m) => heard.push(m));
    return { device, heard };
  };
  return { kept, caches, tab };
}

test('whoever comes in finds nothing of others, and the other tabs hear of it', async () => {
  const { kept, caches, tab } = browser();
  const one = tab();
  const two = tab();
  await one.device.enter(1);
  one.device.setOwn(1, location, 'yes');
  one.device.setOwn(1, language, 'en');
  one.device.setOwn(1, contact, '1.a.b');
  kept.set('hadir.theme', 'dark');
  for (const name of [cacheOf(1), cacheOf(12), 'hadir-1234', 'of-another-program']) caches.add(name);
  assert.equal(two.device.own(1, location), 'yes');
  assert.equal(two.device.own(2, location), '', 'a consent is of one person');
  assert.ok(one.device.isOf(1));

  await two.device.enter(2);
  assert.deepEqual(one.heard, [{ kind: 'in', user: 2 }]);
  assert.ok(!one.device.isOf(1));
  assert.deepEqual([...caches].sort(), ['hadir-1234', 'of-another-program']);
  assert.deepEqual([one.device.own(1, location), one.device.own(1, language)], ['', '']);
  assert.equal(kept.get('hadir.theme'), 'dark', 'what is the device\u2019s stays');
});

test('a session that ends takes its own memory along, and nobody else\u2019s', async () => {
  const { caches, tab } = browser();
  const { device } = tab();
  await device.enter(2);
  caches.add(cacheOf(2));
  device.setOwn(2, location, 'yes');
  await device.exit(1); // a late 401 in a tab of somebody before
  assert.deepEqual([device.person, device.own(2, location), [...caches]], [2, 'yes', [cacheOf(2)]]);
  await device.exit(2);
  assert.deepEqual([device.person, device.own(2, location), [...caches]], [0, '', []]);
  assert.ok(!device.isOf(2));
});

test('who must leave is remembered until the server has confirmed that very person', async () => {
  const { caches, tab } = browser();
  const one = tab();
  const two = tab();
  await one.device.enter(1);
  await one.device.mustLeave(1);
  assert.deepEqual(two.heard.at(-1), { kind: 'out', user: 1 });
  assert.deepEqual([two.device.leaving, two.device.person, caches.has(leavingCache)], [1, 0, true]);
  assert.ok(!two.device.isOf(1));
  assert.equal(tab().device.leaving, 1, 'also in a tab that opens later');
  await two.device.left(7);
  assert.equal(one.device.leaving, 1);
  await two.device.left(1);
  assert.deepEqual(one.heard.at(-1), { kind: 'left', user: 1 });
  assert.deepEqual([one.device.leaving, caches.has(leavingCache)], [0, false]);
});

test('a browser has one id, whoever uses it', async () => {
  const { tab } = browser();
  const one = tab();
  const { id } = one.device;
  assert.match(id, /^[0-9a-f-]{36}$/);
  await one.device.enter(1);
  await one.device.mustLeave(1);
  await one.device.left(1);
  await one.device.enter(2);
  assert.deepEqual([one.device.id, tab().device.id], [id, id]);
  assert.notEqual(browser().tab().device.id, id);
});

test('a browser that remembers nothing knows it as long as the page lasts', async () => {
  const refusing = () => {
    throw new Error('no');
  };
  const device = new Device({
    localStorage: { getItem: refusing, setItem: refusing, removeItem: refusing },
    caches: { open: refusing, keys: refusing, delete: refusing },
  });
  await device.enter(1);
  device.setOwn(1, location, 'yes');
  assert.deepEqual([device.person, device.own(1, location), device.isOf(1)], [1, 'yes', true]);
  assert.equal(device.id, device.id);
  await device.mustLeave(1);
  assert.deepEqual([device.leaving, device.own(1, location), device.isOf(1)], [1, '', false]);
  await device.left(1);
  assert.equal(device.leaving, 0);
});
