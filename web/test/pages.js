import { register } from 'node:module';

register('./stand_ins/hooks.js', import.meta.url);
const { components } = await import('./stand_ins/start.js');

// pageOf is the component of a page, as Alpine makes it. Nothing runs by itself.
export async function pageOf(name) {
  await import(`../src/js/pages/${name}.js`);
  return asComponent(components.get(name)());
}

// asComponent adds what Alpine adds to a component.
export function asComponent(component) {
  return Object.assign(component, {
    $refs: new Proxy({}, { get: () => element() }),
    $watch: () => {},
    $nextTick: async (then) => then?.(),
  });
}

// element is one that is shown and does nothing; it counts how often it got the focus.
export function element() {
  const e = { focused: 0, offsetParent: {}, dataset: {}, rows: [], matches: () => true, querySelector: () => null };
  Object.assign(e, { getBoundingClientRect: () => ({ bottom: 0, height: 0 }) });
  Object.assign(e, { showModal: () => {}, close: () => {}, dispatchEvent: () => {} });
  return Object.assign(e, { focus: () => (e.focused += 1) });
}

// browser gives the code under test what it asks of a browser. found is what is found on the page, by selector.
export function browser(found = {}) {
  const given = {
    document: {
      hidden: false,
      addEventListener: () => {},
      getElementById: () => element(),
      querySelector: () => null,
      querySelectorAll: (selector) => found[selector] ?? [],
    },
    location: { pathname: '/', search: '', hash: '' },
    history: { replaceState: () => {} },
    navigator: { onLine: true },
    addEventListener: () => {},
    requestAnimationFrame: (draw) => {
      draw();
      return 0;
    },
    IntersectionObserver: class {
      observe() {}
    },
  };
  for (const [name, value] of Object.entries(given)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

const patience = 60_000; // milliseconds

// server takes the requests of the code under test. Each waits until the test answers it, in any order.
export function server() {
  const asked = [];
  globalThis.fetch = (address, init) =>
    new Promise((resolve, reject) => {
      const { method, signal, body } = init ?? {};
      signal?.addEventListener('abort', () => reject(signal.reason));
      const { pathname, searchParams } = new URL(String(address), 'http://hadir');
      const problem = (status) => ({ detail: `${status} of ${pathname}` });
      asked.push({
        method,
        path: pathname,
        query: searchParams,
        body: typeof body === 'string' ? JSON.parse(body) : body,
        answer: (data) => resolve(Response.json(data)),
        refuse: (status, more = {}) => resolve(Response.json({ ...problem(status), ...more }, { status })),
      });
    });
  const settle = () => new Promise((r) => setImmediate(r));
  return {
    asked,
    // next waits for the next request of a path that nobody has answered.
    async next(path) {
      for (const until = Date.now() + patience; Date.now() < until; await settle()) {
        const at = asked.findIndex((r) => r.path === path);
        if (at >= 0) return asked.splice(at, 1)[0];
      }
      throw new Error(`nobody asked for ${path}, but for: ${asked.map((r) => r.path)}`);
    },
  };
}
