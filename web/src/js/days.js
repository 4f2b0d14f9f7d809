// Days holds the newest known version of days, whatever the order in which snapshots and events arrive.

export function keyOf(day) {
  return `${day.employee_id}/${day.work_date}`;
}

// byPerson orders days as the server lists today: by employee, then by date.
export function byPerson(a, b) {
  return a.employee_id - b.employee_id || (a.work_date < b.work_date ? -1 : a.work_date > b.work_date ? 1 : 0);
}

export class Days {
  #days = new Map();
  /** @type {Set<string> | null} */
  #since = null; // keys that events touched since begin()

  get size() {
    return this.#days.size;
  }
  get(key) {
    return this.#days.get(key);
  }
  values() {
    return this.#days.values();
  }

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

  // begin is called before a snapshot is requested, and finish with its rows. finish removes days that the snapshot
  // does not have (a new date has begun), unless an event brought them meanwhile.
  begin() {
    this.#since = new Set();
  }

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
