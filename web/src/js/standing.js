import { day } from './employees.js';
import { text } from './language.js';
import { none } from './list.js';
import { placements } from './placements.js';
import { weeks } from './schedule.js';
import { serverNow, session } from './start.js';

/** @typedef {import('./api').Answer<'GET', '/api/employees/{id}'>} Employee */
/** @typedef {import('./api').Item<'/api/shifts'>} Shift */

const dateAt = (zone) => new Date(serverNow()).toLocaleDateString('sv', { timeZone: zone });

// standing is the part of a page that says where an employee belongs and by which patterns they work. one is the
// employee, null for none, and shifts are all shifts.
export function standing() {
  return {
    one: /** @type {Employee} */ (none),
    shifts: /** @type {Shift[]} */ ([]),

    get zone() {
      return session.branches.find((b) => b.id === this.one?.branch_id)?.zone ?? 'UTC';
    },
    get isForgotten() {
      return this.one?.forgotten === true;
    },
    get isChangeable() {
      return !this.isForgotten;
    },
    get planned() {
      return (this.one?.assignments ?? []).map((a) => ({
        key: a.id,
        weeks: weeks(a, this.shifts),
        title: a.to
          ? text('schedule.until', { from: day(a.from), to: day(a.to) })
          : text(this.begun(a) ? 'employees.since' : 'schedule.from', { from: day(a.from) }),
      }));
    },
    get unplanned() {
      return this.one !== null && this.planned.length === 0;
    },
    begun(a) {
      return a.from <= dateAt(this.zone);
    },
    get placed() {
      return placements(
        this.one?.employments ?? [],
        (a) => this.begunAt(a),
        (id) => this.branchName(id),
      ).map((a) => ({ ...a, future: a.future && this.isChangeable }));
    },
    begunAt(a) {
      const zone = session.branches.find((b) => b.id === a.branch_id)?.zone ?? this.zone;
      return a.from <= dateAt(zone);
    },
    branchName(id) {
      return session.branches.find((b) => b.id === id)?.name ?? '';
    },
  };
}
