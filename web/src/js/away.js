import { backoff } from './pace.js';

// What a page shows while it cannot begin. layout.html has it in every language, since words cannot be fetched then.

/** @typedef {'slow' | 'network' | 'error'} Kind */

const patience = 10_000; // milliseconds until an attempt is given up
const asLastTime = 4; // failures that a page which was loaded anew counts already

// say tells why there is nothing to see: the server answers late, not at all, or with an error.
export function say(/** @type {Kind} */ kind) {
  const box = document.getElementById('away');
  if (!box) {
    document.addEventListener('DOMContentLoaded', () => say(kind), { once: true });
    return;
  }
  for (const line of box.querySelectorAll('[data-when]')) {
    /** @type {HTMLElement} */ (line).hidden = !line.getAttribute('data-when')?.split(' ').includes(kind);
  }
  box.dataset.kind = kind;
  box.hidden = false;
}

const unanswered = [0, 502, 504]; // by nobody, or by a gateway that reaches nobody

// unwell tells whether a status says that the server is what is wrong.
export const unwell = (/** @type {number} */ status) => status === 429 || status >= 500;

// sayOf says what a failed request means.
export function sayOf(/** @type {{status?: number}} */ { status = 0 }) {
  say(unanswered.includes(status) ? 'network' : 'error');
}

// hush takes it away.
export function hush() {
  const box = document.getElementById('away');
  if (box) box.hidden = true;
}

// soon calls back after so many milliseconds, or at once when the network is back, when the page is shown again or when
// somebody asks for it. A hidden page waits until it is seen. It returns what ends the waiting.
export function soon(/** @type {number} */ ms, /** @type {() => void} */ act) {
  const waiting = new AbortController();
  const { signal } = waiting;
  const now = () => {
    waiting.abort();
    clearTimeout(timer);
    act();
  };
  const timer = setTimeout(() => {
    if (!document.hidden) now();
  }, ms);
  addEventListener('online', now, { signal });
  document.addEventListener(
    'visibilitychange',
    () => {
      if (!document.hidden) now();
    },
    { signal },
  );
  // The box may not be there yet.
  document.addEventListener(
    'click',
    ({ target }) => {
      if (target instanceof Element && target.closest('#away button')) now();
    },
    { signal },
  );
  return () => {
    waiting.abort();
    clearTimeout(timer);
  };
}

// pause is soon as a promise.
export function pause(/** @type {number} */ ms) {
  return /** @type {Promise<void>} */ (new Promise((over) => soon(ms, over)));
}

// comeBack loads this page again, at its address, as soon as the server has it.
export async function comeBack() {
  say('network');
  const [before] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
  for (let n = before?.type === 'reload' ? asLastTime : 0; ; n += 1) {
    await pause(backoff(n));
    try {
      const signal = AbortSignal.timeout(patience);
      // What leads elsewhere is an answer: the sign-in of a proxy, say.
      const { status } = await fetch(location.href, { cache: 'no-store', redirect: 'manual', signal });
      if (!unwell(status)) break;
      sayOf({ status });
    } catch {
      say('network');
    }
  }
  location.reload();
}
