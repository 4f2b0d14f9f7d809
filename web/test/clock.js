// hands is a clock that a test moves: timers run when their time has come, in order.
export function hands() {
  let now = 0;
  let last = 0;
  const timers = new Map();
  const settle = () => new Promise((r) => setImmediate(r));
  return {
    now: () => now,
    later: (f, ms) => {
      timers.set(++last, { f, at: now + ms });
      return last;
    },
    cancel: (id) => {
      timers.delete(id);
    },
    get waiting() {
      return [...timers.values()].map((t) => t.at - now).sort((a, b) => a - b);
    },
    // pass lets so many milliseconds go by.
    async pass(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = [...timers].filter(([, t]) => t.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
        if (!next) break;
        timers.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].f();
        await settle();
      }
      now = until;
    },
  };
}
