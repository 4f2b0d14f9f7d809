import { text, textOr } from './language.js';

// signs of flags follow that of a status. They are the same in both languages and listed in the order in which they are
// shown.
const signs = {
  late: '>',
  early_out: '↓',
  early_in: '←',
  late_out: '→',
  quick_out: '↔',
  open_break: '‡',
  unpaired: '∩',
  no_check_in: '¬',
  off_shift: '+',
  outside_area: '○',
  inaccurate: '≈',
  foreign_network: '□',
  implausible: '≠',
  offline: '~',
  clock: '¤',
  repeated_hour: '≡',
  corrected: '*',
  on_holiday: '♦',
  on_day_off: '▲',
  on_leave: '◊',
  locked: '■',
};

// remarks are the flags of a day in the order of the month sheet, and what its status does not say. The server's
// reports count the same. Flags of a newer server come last.
export function remarks(day) {
  const flags = day.flags ?? [];
  const late = day.late_minutes > 0 && day.status !== 'late' ? ['late'] : [];
  const known = Object.keys(signs);
  return [...late, ...known.filter((f) => flags.includes(f)), ...flags.filter((f) => !known.includes(f))];
}

// lateBy and earlyBy say by how many whole minutes somebody came late or left early: by seconds, less than one; '' for
// whoever did neither.
export function lateBy(day) {
  return minutesOf(day.late_minutes, day.status === 'late');
}

export function earlyBy(day) {
  return minutesOf(day.early_minutes, (day.flags ?? []).includes('early_out'));
}

function minutesOf(n, some) {
  if (n > 0) return text('common.minutes', { n });
  return some ? text('common.underMinute') : '';
}

// remarkText says them in words; '' for none.
export function remarkText(day) {
  return remarks(day)
    .map((f) => textOr(`flag.${f}`, f))
    .join(', ');
}

// signOf is what a month's cell shows of a day.
export function signOf(day) {
  return (
    text(`short.${day.status}`) +
    remarks(day)
      .map((f) => signs[f] ?? '!')
      .join('')
  );
}
