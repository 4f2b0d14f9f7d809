// How long to wait, in milliseconds. Every pause has jitter, so that pages that lost something at the same time do not
// return at the same time.

function between(low, high, random) {
  return Math.round(low + (high - low) * random());
}

// backoff is the pause after n failures. It doubles each time, and half of it is random.
export function backoff(n, { base = 1000, most = 15_000, random = Math.random } = {}) {
  const full = Math.min(base * 2 ** Math.min(n, 30), most);
  return between(full / 2, full, random);
}

// pollPause is the pause after the nth poll of a page without socket. The first ones are short, since most
// interruptions are.
export function pollPause(n, random = Math.random) {
  if (n === 0) return between(2000, 4000, random);
  return n === 1 ? between(3000, 6000, random) : between(5000, 15_000, random);
}

const perWatcher = 20; // milliseconds: fifty requests a second from all listeners of a channel together
const leastSpread = 300;
const mostSpread = 10_000;

// spread is how long a page waits before it asks again after an event that reached that many pages at once.
export function spread(watchers, random = Math.random) {
  return between(0, Math.min(Math.max(watchers * perWatcher, leastSpread), mostSpread), random);
}
