const kept = 200; // more than are shown, since a branch may be chosen

// endsNothing tells of a day whose last punch is a way out that does not count: right after the way in, or outside of
// the shift's window.
export function endsNothing({ last_punch: { direction, occurred_at: at }, last_out: out }) {
  return direction === 'out' && (!out || Date.parse(out) < Date.parse(at));
}

// Feed holds the latest punches: days with their last punch, from a snapshot and from events, each punch once. A day
// that was computed again without a new punch does not move up, but shows its new status.
export class Feed {
  #days = new Map(); // id of the punch → day

  take(days) {
    for (const day of days) {
      const id = day.last_punch?.id;
      if (!id) continue;
      const known = this.#days.get(id);
      if (!known || known.version <= day.version) this.#days.set(id, day);
    }
    if (this.#days.size <= kept) return;
    for (const day of this.latest(() => true, Infinity).slice(kept)) this.#days.delete(day.last_punch.id);
  }

  // latest returns the days of the last n punches, the latest first. A punch that waited on a device stands at the time
  // when it was made.
  latest(keep, n) {
    const at = (d) => Date.parse(d.last_punch.occurred_at);
    return [...this.#days.values()]
      .filter(keep)
      .sort((a, b) => at(b) - at(a) || b.last_punch.id - a.last_punch.id)
      .slice(0, n);
  }
}
