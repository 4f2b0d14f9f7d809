import { clockTime } from './language.js';

// The times of a shift as minutes after the midnight at which its date begins.
const dayLength = 24 * 60;

// minutes reads HH:MM; NaN for anything else.
export function minutes(time) {
  const match = /^(\d\d):(\d\d)$/.exec(time ?? '');
  return match ? Number(match[1]) * 60 + Number(match[2]) : NaN;
}

// clock formats a minute as a time of day, as all other times are, with "+1" if it lies on the next date.
export function clock(minute) {
  const away = Math.floor(minute / dayLength);
  const time = clockTime(new Date((minute - away * dayLength) * 60_000), 'UTC');
  return away === 0 ? time : `${time} (${away > 0 ? '+' : '−'}${Math.abs(away)})`;
}

// span formats from when until when a shift is.
export function span({ start, end }) {
  return [start, end].map((time) => clock(minutes(time))).join('–');
}

// axis is the stretch of whole dates that holds the windows of all given shifts, so that their bars can be compared.
export function axis(shifts) {
  const all = shifts.map((s) => layout(s)).filter((l) => l !== null);
  return { from: Math.min(0, ...all.map((l) => l.from)), to: Math.max(dayLength, ...all.map((l) => l.to)) };
}

// layout places opens, start, grace, break, end and closes on an axis of whole dates: the given one, or the shortest
// that holds the window. It returns null while times are missing. A fixed break has no time, so it is drawn in the
// middle if the shift is long enough to earn it. Where breaks are punched, it is the minimum that is deducted.
export function layout(shift, over) {
  const start = minutes(shift.start);
  let end = minutes(shift.end);
  const most = shift.break_mode === 'punched' ? 'break_minimum' : 'break_minutes';
  const [before, after, late, early, full, earned] = [
    'opens_before',
    'closes_after',
    'late_grace',
    'early_grace',
    most,
    'break_after',
  ].map((f) => Math.max(0, Math.min(dayLength, Number(shift[f]) || 0)));
  if (Number.isNaN(start) || Number.isNaN(end)) return null;
  if (end <= start) end += dayLength;
  const [opens, closes] = [start - before, end + after];
  const from = over?.from ?? Math.floor(opens / dayLength) * dayLength;
  const to = over?.to ?? Math.max(Math.ceil(closes / dayLength) * dayLength, from + dayLength);
  const x = (m) => ((m - from) / (to - from)) * 100;
  const part = (a, b) => ({ x: x(a), width: x(b) - x(a) });
  const step = to - from > dayLength ? 12 * 60 : 6 * 60;
  const ticks = [];
  for (let m = from; m <= to; m += step)
    ticks.push({
      key: m,
      x: x(m),
      label: String(
        ((m - from) / 60) % 24 === 0 && m === to ? 24 : (((m % dayLength) + dayLength) % dayLength) / 60,
      ).padStart(2, '0'),
    });
  const midnights = [];
  for (let m = from + dayLength; m < to; m += dayLength) midnights.push({ key: m, x: x(m) });
  const middle = (start + end) / 2;
  const rest = Math.max(0, Math.min(full, end - start - earned));
  return {
    from,
    to,
    opens,
    start,
    end,
    closes,
    late: start + late,
    early: end - early,
    ticks,
    midnights,
    hours: (to - from) / 60,
    overnight: end > dayLength,
    length: end - start,
    rest,
    window: part(opens, closes),
    shift: part(start, end),
    grace: part(start, Math.min(start + late, end)),
    leave: part(Math.max(end - early, start), end),
    pause: rest > 0 && rest < end - start ? part(middle - rest / 2, middle + rest / 2) : null,
  };
}

// usual is the shift that most people work: of those in use that end on the day on which they begin, the earliest.
export function usual(shifts) {
  const daytime = shifts.filter((s) => s.active && s.end > s.start);
  return daytime.sort((a, b) => a.start.localeCompare(b.start))[0];
}

// runs describes a week in words. Neighbouring days with the same shift are named together.
export function runs(days, name, off) {
  const out = [];
  for (let i = 0; i < 7;) {
    let j = i;
    while (j < 6 && days[j + 1] === days[i]) j += 1;
    out.push(`${i === j ? name(i) : `${name(i)}–${name(j)}`} ${off(days[i])}`);
    i = j + 1;
  }
  return out.join(', ');
}
