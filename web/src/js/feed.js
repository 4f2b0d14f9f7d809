import { keyOf } from './days.js';

const kept = 200; // more than are shown, since a branch may be chosen

// endsNothing tells of a day whose last punch is a way out that does not count: right after the way in, or outside of
// the shift's window.
/** @param {{ last_punch: { direction: string, occurred_at: string }, last_out?: string }} day */
export function endsNothing({ last_punch: { direction, occurred_at: at }, last_out: out }) {
  return direction === 'out' && (!out || Date.parse(out) < Date.parse(at));
}

const at = (day) => Date.parse(day.last_punch.occurred_at);

// Feed holds the latest punches: days with their last punch, from a snapshot and from events, each punch once. A day
// that was computed again without a new punch does not move up, but shows its new status. A punch that was struck out
// or taken back leaves.
export class Feed {
  #days = new Map(); // id of the punch → day
  /** @type {Map<string, number> | null} */
  #since = null; // versions of the days that events changed since begin(), by key

  // begin is called before a snapshot is requested. A snapshot does not undo what events say after it.
  begin() {
    this.#since = new Map();
  }

  // load takes a snapshot: the last days of a number, most, of those that keep selects. A day that belongs among them
  // and is not there has no punches any more.
  load(days, most, keep = (_) => true) {
    const since = this.#since ?? new Map();
    this.#since = null;
    const named = new Set([...days.map(keyOf), ...since.keys()]);
    const from = days.length < most ? -Infinity : Math.min(...days.map(at));
    for (const [id, day] of this.#days) {
      if (keep(day) && at(day) > from && !named.has(keyOf(day))) this.#days.delete(id);
    }
    this.take(days.filter((day) => !(since.get(keyOf(day)) > day.version)));
  }

  // take follows events.
  take(days) {
    for (const day of days) {
      this.#since?.set(keyOf(day), day.version);
      const id = day.last_punch?.id;
      if (this.#follows(day) && id) this.#days.set(id, day);
    }
    if (this.#days.size <= kept) return;
    for (const day of this.latest(() => true, Infinity).slice(kept)) this.#days.delete(day.last_punch.id);
  }

  // follows tells whether a day is as new as what is known of it, and forgets its punches that no longer count. The
  // last punch has the highest id of those that do. A day with fewer punches and the same last one does not say which
  // of the earlier ones went, so none of them is shown any more.
  #follows(day) {
    const same = [...this.#days.values()].filter((d) => keyOf(d) === keyOf(day));
    if (same.length === 0) return true;
    const newest = same.reduce((a, b) => (b.version > a.version ? b : a));
    if (newest.version > day.version) return false;
    const last = day.last_punch?.id ?? 0;
    const fewer = day.punch_count < newest.punch_count && last === newest.last_punch.id;
    for (const d of same)
      if (d.last_punch.id > last || (fewer && d.last_punch.id !== last)) this.#days.delete(d.last_punch.id);
    return true;
  }

  // latest returns the days of the last n punches, the latest first. A punch that waited on a device stands at the time
  // when it was made.
  latest(keep, n) {
    return [...this.#days.values()]
      .filter(keep)
      .map((day) => ({ day, at: at(day) }))
      .sort((a, b) => b.at - a.at || b.day.last_punch.id - a.day.last_punch.id)
      .slice(0, n)
      .map(({ day }) => day);
  }
}
