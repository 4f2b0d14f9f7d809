import { clockTime, duration, language, shortDate, text, zoneName } from './language.js';
import { keyOf } from './days.js';
import { personAt } from './nav.js';
import { remarkText } from './remarks.js';

// row turns a day into the texts of a table row. If the table has rows of several zones, each shows its own.
export function row(day, severalZones = false) {
  const at = day.first_in ?? day.last_out;
  return {
    key: keyOf(day),
    name: day.employee_name,
    person: personAt(day.employee_id),
    number: day.employee_number,
    branch: day.branch_name || day.branch_code,
    date: shortDate(day.work_date),
    in: clockTime(day.first_in, day.zone),
    out: clockTime(day.last_out, day.zone),
    zone: severalZones && at ? zoneName(at, day.zone) : '',
    worked: duration(day.worked_minutes),
    status: day.status,
    statusText: text(`status.${day.status}`),
    remarks: remarkText(day),
    fresh: false,
  };
}

// keeper returns a function that makes the rows of days. A day that did not change keeps its row object. Alpine redraws
// every row whose object changed, and for hundreds of rows that takes longer than a burst of events allows.
export function keeper(severalZones = () => false) {
  let kept = new Map(); // key → the row, and what it was made of
  return (days, isFresh) => {
    const next = new Map();
    const lang = language.state.now;
    const rows = days.map((day) => {
      const key = keyOf(day);
      const fresh = isFresh(key);
      let k = kept.get(key);
      if (!k || k.day !== day || k.fresh !== fresh || k.lang !== lang)
        k = { day, fresh, lang, row: { ...row(day, severalZones()), fresh } };
      next.set(key, k);
      return k.row;
    });
    kept = next;
    return rows;
  };
}

// Highlights knows which rows changed a moment ago, and forgets the others, drawn or not.
export class Highlights {
  #until = new Map(); // key → until when, the earliest first
  #ms;
  #now;

  constructor(/** @type {number} */ ms, now = Date.now) {
    this.#ms = ms;
    this.#now = now;
  }

  add(keys) {
    const now = this.#now();
    for (const [key, until] of this.#until) {
      if (until > now) break;
      this.#until.delete(key);
    }
    for (const key of keys) {
      this.#until.delete(key);
      this.#until.set(key, now + this.#ms);
    }
  }

  has(key) {
    return this.#until.get(key) > this.#now();
  }

  get size() {
    return this.#until.size;
  }
}

// unchanged returns a function that takes rows as they are made anew. For each that says the same as last time it gives
// back the object of last time, which Alpine does not draw again.
/** @returns {<R extends { key: unknown }>(rows: R[]) => R[]} */
export function unchanged() {
  let kept = new Map(); // key → the row, and what it says
  return (rows) => {
    const next = new Map();
    for (const row of rows) {
      const says = JSON.stringify(row);
      const k = kept.get(row.key);
      next.set(row.key, k?.says === says ? k : { row, says });
    }
    kept = next;
    return rows.map((row) => next.get(row.key).row);
  };
}

// matcher returns the filter of the tab Hari Ini. It is the same for rows of the snapshot and for events.
export function matcher({ branch, status, employee, text: q }) {
  const wanted = q.trim().toLowerCase();
  return (day) =>
    (!branch || String(day.branch_id) === String(branch)) &&
    (!status || day.status === status) &&
    (!employee || String(day.employee_id) === String(employee)) &&
    (!wanted ||
      day.employee_number.toLowerCase().startsWith(wanted) ||
      day.employee_name.toLowerCase().includes(wanted));
}
