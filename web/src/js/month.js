import { duration } from './language.js';

// weekdayOf is how many days after a Monday an instant lies, by UTC.
export const weekdayOf = (/** @type {Date} */ at) => (at.getUTCDay() + 6) % 7;

// weeksOf returns the weeks of a month ("2026-11"), Monday first, as dates; '' where the week lies in another month.
export function weeksOf(month) {
  const [year, m] = month.split('-').map(Number);
  const length = new Date(Date.UTC(year, m, 0)).getUTCDate();
  const lead = weekdayOf(new Date(Date.UTC(year, m - 1, 1)));
  const cells = [
    ...Array(lead).fill(''),
    ...Array.from({ length }, (_, i) => `${month}-${String(i + 1).padStart(2, '0')}`),
  ];
  while (cells.length % 7) cells.push('');
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(7 * i, 7 * i + 7));
}

// moveMonth moves a month by n.
export function moveMonth(month, n) {
  const [year, m] = month.split('-').map(Number);
  return new Date(Date.UTC(year, m - 1 + n, 1)).toISOString().slice(0, 7);
}

export function lastOf(month) {
  return weeksOf(month).flat().filter(Boolean).at(-1);
}

// totals adds a month up.
export function totals(days) {
  const counts = {};
  let late = 0;
  let worked = 0;
  let overtime = 0;
  for (const d of days) {
    counts[d.status] = (counts[d.status] ?? 0) + 1;
    late += d.late_minutes;
    worked += d.worked_minutes;
    overtime += d.overtime_minutes;
  }
  return { counts, late, worked: duration(worked) || '0:00', overtime: duration(overtime) || '0:00' };
}
