import { longDate, text } from './language.js';
import { weekdayOf } from './month.js';

// What the map of a year shows: its dates as columns of weeks, Monday first, the names of the months above them, and
// how many days there are of each status.

/** @typedef {{ date: string, status: string, leave?: string }} OneDay */
/** @typedef {{ from: string, to: string, days: OneDay[], counts: Record<string, number> }} Year */

// statuses are those that the map tells apart, in the order of its legend.
const statuses = ['present', 'late', 'half_day', 'incomplete', 'absent', 'on_leave', 'holiday', 'day_off', 'pending'];
const narrow = 3; // columns that the name of a month needs

// datesOf are all dates from the first to the last.
function datesOf(first, last) {
  const out = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += 86_400_000)
    out.push(new Date(at).toISOString().slice(0, 10));
  return out;
}

// leadOf is how many dates of the first week lie before the year.
const leadOf = (year) => weekdayOf(new Date(year.from));

// said is a day in words.
function said(d) {
  return text(d.leave ? `request.kind.${d.leave}` : `status.${d.status}`);
}

/** @param {Year} year */
export function squares(year) {
  const known = new Map(year.days.map((d) => [d.date, d]));
  const blank = Array.from({ length: leadOf(year) }, (_, i) => ({
    key: `before-${i}`,
    date: '',
    status: 'none',
    label: '',
  }));
  return [
    ...blank,
    ...datesOf(year.from, year.to).map((date) => {
      const d = known.get(date);
      return {
        key: date,
        date,
        status: d?.status ?? '',
        label: [longDate(date, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }), d && said(d)]
          .filter(Boolean)
          .join(': '),
      };
    }),
  ];
}

// monthNames are the names above the columns. A month at an edge that has too few weeks for its name has none.
/** @param {Year} year */
export function monthNames(year) {
  const dates = datesOf(year.from, year.to);
  const columnOf = (i) => Math.floor((leadOf(year) + i) / 7) + 1; // of the date at i
  const columns = new Map(); // month → its first column
  for (const [i, date] of dates.entries()) {
    const month = date.slice(0, 7);
    if (!columns.has(month)) columns.set(month, columnOf(i));
  }
  const end = columnOf(dates.length - 1) + 1;
  const all = [...columns];
  return all
    .map(([month, column], i) => ({
      key: month,
      name: longDate(`${month}-01`, { month: 'short' }),
      column,
      width: (all[i + 1]?.[1] ?? end) - column,
    }))
    .filter((m) => m.width >= narrow)
    .map(({ key, name, column, width }) => ({ key, name, style: { gridColumn: `${column} / span ${width}` } }));
}

/** @param {Year} year */
export function legend(year) {
  return statuses
    .filter((s) => year.counts[s])
    .map((s) => ({ key: s, label: text(`status.${s}`), value: text('day.days', { n: year.counts[s] }) }));
}

// byMonth is the map as a table: a row for each month, the latest first, with how many days there are of each status of
// the legend.
/** @param {Year} year */
export function byMonth(year) {
  const rows = new Map();
  for (const date of datesOf(year.from, year.to)) rows.set(date.slice(0, 7), {});
  for (const { date, status } of year.days) {
    const counts = rows.get(date.slice(0, 7));
    counts[status] = (counts[status] ?? 0) + 1;
  }
  const columns = legend(year).map((l) => l.key);
  return [...rows]
    .map(([month, counts]) => ({
      key: month,
      name: longDate(`${month}-01`, { month: 'long', year: 'numeric' }),
      cells: columns.map((s) => ({ key: s, n: counts[s] ?? 0 })),
    }))
    .reverse();
}
