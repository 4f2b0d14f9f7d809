import { clockTimeAmong, shortDate, shortDates, text } from './language.js';

// asked puts into words which punch a correction adds, takes away, or puts in the place of which.
function asked(q, severalZones) {
  const one = (direction, at) => `${text(`direction.${direction}`)} ${clockTimeAmong(severalZones, at, q.zone)}`;
  if (!q.void_punch_id) return one(q.direction, q.occurred_at);
  const wrong = one(q.void_direction, q.void_at);
  if (!q.direction) return text('request.without', { wrong });
  return text('request.instead', { wrong, right: one(q.direction, q.occurred_at) });
}

// claimText says why a punch of a device without network waits; '' for what a person asked for.
export function claimText(q) {
  return q.claim ? text(`request.claim.${q.claim}`) : '';
}

// unrecorded tells whether a correction was approved whose punch is not there: mostly for a moment, and as long as the
// operators have a dead letter of it.
const unrecorded = (q) => q.type === 'correction' && q.state === 'approved' && Boolean(q.direction) && !q.punch_id;

const marks = { pending: 'pending', approved: 'present', refused: 'absent', cancelled: 'day_off', revoked: 'day_off' };

// summary is what a line tells about a request. Where lines are of several zones, or of another one than this device,
// each says its own.
export function summary(q, severalZones = false) {
  const what =
    q.type === 'leave'
      ? `${text(`request.kind.${q.kind}`)} · ${shortDates(q.from, q.to)}`
      : `${asked(q, severalZones)} · ${shortDate(q.work_date)}`;
  const waits = unrecorded(q);
  return {
    key: `${q.type}/${q.id}/${q.state}`,
    what,
    state: q.state,
    stateText: text(waits ? 'request.unrecorded' : `request.state.${q.state}`),
    href: q.type === 'leave' ? '/izin' : '/koreksi',
    mark: waits ? 'pending' : marks[q.state],
  };
}
