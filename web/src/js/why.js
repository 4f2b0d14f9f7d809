import { clockTime, dayOf, duration, language, text, textOr } from './language.js';
import { metres } from './places.js';

// why turns the server's reasons for a day's status into sentences.
export function why(reasons, zone) {
  return (reasons ?? []).map((r, i) => ({
    key: `${r.code}/${r.punch ?? i}`,
    code: r.code,
    sentence: text(`why.${wordOf(r)}`, {
      name: r.code === 'leave' ? text(`leave.${r.name}`) : r.code === 'stored' ? text(`status.${r.name}`) : r.name,
      at: clockTime(r.at, zone),
      day: dayOf(r.at, zone),
      until: clockTime(r.until, zone),
      n: r.code === 'quick' ? Math.round((Date.parse(r.at) - Date.parse(r.until)) / 1000) : (r.minutes ?? 0),
      limit: r.limit ?? 0,
      span: duration(r.minutes ?? 0) || '0:00',
      limitSpan: duration(r.limit ?? 0),
      ...moved(r.minutes, r.limit),
    }),
  }));
}

// moved puts a way in metres and its seconds into words.
function moved(way = 0, seconds = 1) {
  const [unit, n] = seconds < 120 ? ['second', 1] : seconds < 7200 ? ['minute', 60] : ['hour', 3600];
  const format = new Intl.NumberFormat(language.state.now, { style: 'unit', unit, unitDisplay: 'long' });
  return {
    distance: metres(way, language.state.now),
    gap: format.format(Math.round(seconds / n)),
    speed: new Intl.NumberFormat(language.state.now).format(Math.round((way / Math.max(seconds, 1)) * 3.6)),
  };
}

// wordOf names the sentence of a reason: of some there are two.
function wordOf(r) {
  if (r.code === 'quick') return `quick_${r.name}`;
  if (['shared_device', 'kiosk_hurry'].includes(r.code) && !r.name) return `${r.code}_0`;
  return ['late', 'early'].includes(r.code) && !r.minutes ? `${r.code}_0` : r.code;
}

// timeline places a day's punches between the opening and the closing of its window, in percent.
export function timeline(day, punches) {
  const instants = [day.window_opens, day.window_closes, ...punches.map((p) => p.occurred_at)]
    .filter(Boolean)
    .map(Date.parse);
  if (instants.length === 0) return null;
  let from = Math.min(...instants);
  let to = Math.max(...instants);
  if (to - from < 3600e3) {
    from -= 1800e3;
    to += 1800e3;
  }
  const place = (instant) => Math.round((1000 * (Date.parse(instant) - from)) / (to - from)) / 10;
  const span = (a, b) => (a && b ? { x: place(a), width: place(b) - place(a) } : null);
  return {
    shift: span(day.shift_start, day.shift_end),
    window: span(day.window_opens, day.window_closes),
    presence: span(day.first_in, day.last_out),
    marks: punches
      .filter((p) => !p.voided)
      .map((p) => ({ id: p.id, x: place(p.occurred_at), kind: p.duplicate_of ? 'repeat' : p.direction })),
  };
}

/**
 * voided says why a punch counts for nothing.
 * @param {{ origin: string, reason?: string }} by
 */
export function voided({ origin, reason }) {
  if (origin === 'owner') return text('punch.undone');
  if (origin === 'kiosk') return text('punch.notMe');
  return reason ? text('punch.voidedWhy', { reason }) : text('punch.voided');
}

// vague tells whether the device knew too little of its place for it to prove anything.
export function vague(p) {
  return (p.doubts ?? []).includes('inaccurate');
}

function placed(p) {
  if (p.outside_area) return 'punch.outside';
  return vague(p) ? 'punch.inaccurate' : 'punch.inside';
}

// doubtful are the remarks on what makes a punch hard to believe.
function doubtful(p) {
  return (p.doubts ?? [])
    .filter((d) => d !== 'inaccurate') // which its place tells
    .map((d) => textOr(`punch.doubt.${d}`, d, { ...moved(p.moved?.metres, p.moved?.seconds), address: p.network }));
}

// punchLine describes a punch: time, place, and where it came from.
export function punchLine(p, zone) {
  const remarks = [];
  if (p.voided) remarks.push(voided(p.voided));
  if (p.duplicate_of) remarks.push(text('punch.repeat'));
  if (p.offline)
    remarks.push(text('punch.offline', { at: clockTime(p.received_at, zone), date: dayOf(p.received_at, zone) }));
  if (p.fix) {
    const accuracy = Math.round(p.fix.accuracy);
    remarks.push(
      p.distance === undefined
        ? text('punch.fix', { accuracy })
        : text(placed(p), { metres: Math.round(p.distance), accuracy }),
    );
  } else remarks.push(text('punch.noFix'));
  const doubts = doubtful(p);
  remarks.push(...doubts);
  if (p.note) remarks.push(text('punch.note', { note: p.note }));
  return {
    id: p.id,
    direction: text(`direction.${p.direction}`),
    time: clockTime(p.occurred_at, zone, true),
    source: text(`source.${p.source}`),
    remarks: remarks.join(' · '),
    outside: p.outside_area || vague(p) || doubts.length > 0,
    repeat: Boolean(p.duplicate_of),
    voided: Boolean(p.voided),
  };
}
