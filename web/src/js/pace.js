// How long to wait, in milliseconds. Everything has jitter, so that pages that lost something together do not come back
// together.

function between(low, high, random) {
  return Math.round(low + (high - low) * random());
}

// backoff is the pause before the attempt after n failures: twice as long each time, half of it by chance.
export function backoff(n, { base = 1000, most = 15_000, random = Math.random } = {}) {
  const full = Math.min(base * 2 ** Math.min(n, 30), most);
  return between(full / 2, full, random);
}

// pollPause is the pause after the nth look of a page that no socket tells: short at first, since most troubles are.
export function pollPause(n, random = Math.random) {
  if (n === 0) return between(2000, 4000, random);
  return n === 1 ? between(3000, 6000, random) : between(5000, 15_000, random);
}

const perWatcher = 20; // milliseconds: fifty questions a second for everybody who hears a channel
const leastSpread = 300;
const mostSpread = 10_000;

// spread is when one of so many pages asks again after news that reached all of them at once.
export function spread(watchers, random = Math.random) {
  return between(0, Math.min(Math.max(watchers * perWatcher, leastSpread), mostSpread), random);
}
