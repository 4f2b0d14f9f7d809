import { keyOf } from './days.js';

// The dashboard has two lists: who is not in yet, the longest overdue first, and who came late, the latest arrival
// first. A snapshot loads them and events keep them up to date. The counters above them come from elsewhere.

// due is how many minutes ago the shift of a day began; negative before it.
export function due(day, now) {
  return day.shift_start ? Math.floor((now - Date.parse(day.shift_start)) / 60000) : -Infinity;
}

export class Board {
  #pending = new Map();
  #late = new Map();
  /** @type {any[] | null} */
  #since = null; // days that events changed since begin()
  #versions = new Map(); // what events said, so that a snapshot that is older does not undo it

  // begin is called before a snapshot is requested. A snapshot does not undo what events say after it.
  begin() {
    this.#since = [];
  }

  // load takes a snapshot of both lists.
  load(pending, late) {
    const since = this.#since ?? [];
    this.#since = null;
    this.#pending = new Map();
    this.#late = new Map();
    for (const day of [...pending, ...late, ...since]) this.#put(day);
  }

  // take follows events.
  take(days) {
    this.#since?.push(...days);
    for (const day of days) this.#put(day);
  }

  // waiting is how many are known not to be in yet.
  get waiting() {
    return this.#pending.size;
  }

  #put(day) {
    const key = keyOf(day);
    if (day.version < (this.#versions.get(key) ?? 0)) return;
    this.#versions.set(key, day.version);
    this.#pending.delete(key);
    this.#late.delete(key);
    if (day.status === 'pending') this.#pending.set(key, day);
    if (day.status === 'late') this.#late.set(key, day);
  }

  pending(now, keep, n) {
    return [...this.#pending.values()]
      .filter((d) => keep(d) && d.shift_start && !d.first_in)
      .map((day) => ({ day, due: due(day, now) }))
      .sort((a, b) => b.due - a.due || a.day.employee_number.localeCompare(b.day.employee_number))
      .slice(0, n)
      .map(({ day }) => day);
  }

  late(keep, n) {
    return [...this.#late.values()]
      .filter(keep)
      .map((day) => ({ day, came: Date.parse(day.first_in) }))
      .sort((a, b) => b.came - a.came)
      .slice(0, n)
      .map(({ day }) => day);
  }
}

// sums turns counts per bucket into how many had come by then. It returns nothing for times that the day has not
// reached.
export function sums(counts, until = counts.length) {
  let n = 0;
  return counts.map((c, i) => {
    n += c;
    return i < until ? n : null;
  });
}
