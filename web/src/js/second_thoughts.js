import { clockTime, duration, text } from './language.js';
import { ask } from './ui.js';

// What people are asked before a tap that looks like a slip, and which punch they may still take back.

const quickWithin = 60_000; // milliseconds in which the other direction is hardly meant, as the server holds it
const undoWithin = 60_000; // milliseconds in which a punch can be taken back, as the server holds it
const byHand = ['web', 'mobile', 'kiosk']; // sources of punches that people make themselves

const yes = (direction) => text(direction === 'in' ? 'home.action.check_in' : 'home.action.check_out');

// quick tells how many seconds ago the same person punched the other direction; 0 if not just before. last is the last
// tap of this page, { direction, at }, or null.
export function quick(direction, punches, last, now) {
  const known = punches
    .filter((p) => !p.duplicate_of && !p.voided && ['in', 'out'].includes(p.direction))
    .map((p) => ({ direction: p.direction, at: Date.parse(p.occurred_at) }));
  const latest = [...known, last]
    .filter(Boolean)
    .sort((a, b) => a.at - b.at)
    .at(-1);
  const ago = latest ? now - latest.at : Infinity;
  if (!latest || latest.direction === direction || ago < 0 || ago > quickWithin) return 0;
  return Math.max(1, Math.round(ago / 1000));
}

// early returns the end of the shift if a check-out now comes before it, else null.
export function early(direction, today, now) {
  const ends = Date.parse(today?.day.shift_end ?? '');
  const grace = (today?.shift?.early_grace ?? 0) * 60_000;
  return direction === 'out' && now < ends - grace ? ends : null;
}

// mean asks whether a tap is meant if it looks like a slip, and resolves to the answer.
export function mean(direction, today, seconds, now) {
  if (seconds > 0) {
    const why = text(`home.quickWhy.${direction}`);
    return ask({ title: text(`home.quick.${direction}`, { n: seconds }), text: why, yes: yes(direction) });
  }
  const ends = early(direction, today, now);
  if (ends === null) return Promise.resolve(true);
  const span = duration(Math.ceil((ends - now) / 60_000));
  const title = text('home.early', { end: clockTime(ends, today.zone) });
  return ask({ title, text: text('home.earlyWhy', { span }), yes: yes(direction) });
}

// confirm asks about a kept punch that the server wants confirmed.
export function confirm(entry, zone) {
  const title = text(`home.asked.${entry.direction}`, { time: clockTime(entry.tappedAt, zone) });
  return ask({ title, text: text(`home.quickWhy.${entry.direction}`), yes: yes(entry.direction) });
}

// undoable is the last punch that counts, if its owner may still take it back, else null.
export function undoable(punches, now) {
  const counts = punches.filter((p) => !p.voided);
  const last = counts.toSorted((a, b) => b.id - a.id)[0];
  if (!last || !byHand.includes(last.source)) return null;
  const first = counts.find((p) => p.id === last.duplicate_of) ?? last;
  return now - Date.parse(first.received_at) < undoWithin ? first : null;
}
