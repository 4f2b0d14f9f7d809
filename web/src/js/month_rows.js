import { longDate, text } from './language.js';
import { totals, weeksOf } from './month.js';
import { remarkText, signOf } from './remarks.js';

// What the calendar of a month shows: its head, its weeks with the known days, and the totals.

export function weekdays() {
  return weeksOf('2027-02')[0].map((d) => ({
    key: d,
    short: longDate(d, { weekday: 'narrow' }),
    long: longDate(d, { weekday: 'long' }),
  }));
}

export function weekRows(month, days, today) {
  const known = new Map(days.map((d) => [d.work_date, d]));
  return weeksOf(month).map((dates, i) => ({
    key: `${month}/${i}`,
    cells: dates.map((date, j) => {
      const day = known.get(date);
      const name = date ? longDate(date, { weekday: 'long', day: 'numeric', month: 'long' }) : '';
      return {
        key: date || `${i}-${j}`,
        number: date ? String(Number(date.slice(8))) : '',
        status: day?.status ?? '',
        letter: day ? signOf(day) : '',
        href: day ? `/riwayat?day=${day.employee_id}/${date}#riwayat` : false,
        today: date !== '' && date === today,
        label: day ? `${name}: ${[text(`status.${day.status}`), remarkText(day)].filter(Boolean).join(', ')}` : name,
      };
    }),
  }));
}

export function totalRows(days) {
  const t = totals(days);
  return [
    ...['present', 'late', 'half_day', 'incomplete', 'absent', 'on_leave', 'holiday']
      .filter((s) => t.counts[s])
      .map((s) => ({
        key: s,
        status: s,
        letter: text(`short.${s}`),
        label: text(`status.${s}`),
        value: text('day.days', { n: t.counts[s] }),
      })),
    { key: 'worked', status: '', letter: '', label: text('day.worked'), value: t.worked },
    { key: 'minutes', status: '', letter: '', label: text('day.late'), value: text('common.minutes', { n: t.late }) },
    { key: 'overtime', status: '', letter: '', label: text('day.overtime'), value: t.overtime },
  ];
}
