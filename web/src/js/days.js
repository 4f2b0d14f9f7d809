// Days holds the newest known version of days, whatever the order in which snapshots and events arrive.

export function keyOf(day) { return `${day.employee_id}/${day.work_date}`; }

export class Days {
  #days = new Map();
  #since = null; // keys that events touched since begin()

  get size() { return this.#days.size; }
  get(key) { return this.#days.get(key); }
  values() { return this.#days.values(); }

  // merge takes days and returns those that were news.
  merge(days) {
    const news = [];
    for (const day of days) {
      const key = keyOf(day);
      const known = this.#days.get(key);
      if (known && known.version >= day.version) continue;
      this.#days.set(key, day);
      this.#since?.add(key);
      news.push(day);
    }
    return news;
  }

  // begin is called before a snapshot is requested, finish with its rows. Days that the snapshot does not name are gone
  // (a new date has begun), unless an event brought them meanwhile.
  begin() { this.#since = new Set(); }

  finish(rows) {
    const touched = this.#since ?? new Set();
    this.#since = null;
    const named = new Set(rows.map(keyOf));
    for (const key of this.#days.keys()) {
      if (!named.has(key) && !touched.has(key)) this.#days.delete(key);
    }
    return this.merge(rows);
  }
}

// follow keeps a screen in step: first the subscription, then the snapshot, then both merged; again after every
// reconnect and every resync. A snapshot that is overtaken by another start is dropped; one that fails is tried again.
//
// subscribe(onReady, onDays): calls onReady whenever the subscription (re)started, onDays with the days of each event.
export function follow({ days, subscribe, snapshot, onChange, wait = (ms) => new Promise((r) => setTimeout(r, ms)) }) {
  let round = 0;
  async function start() {
    const mine = ++round;
    for (let pause = 500; ; pause = Math.min(pause * 2, 15000)) {
      days.begin();
      try {
        const rows = await snapshot();
        if (mine !== round) return;
        onChange(days.finish(rows), 'snapshot');
        return;
      } catch (error) {
        if (mine !== round) return;
        if (error?.name === 'AbortError') return;
        await wait(pause);
        if (mine !== round) return;
      }
    }
  }
  subscribe(start, (changed) => {
    const news = days.merge(changed);
    if (news.length > 0) onChange(news, 'event');
  });
  return start;
}
