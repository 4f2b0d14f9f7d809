import { clockTime, shortDate, text, zoneName } from './language.js';

// summary is what a line tells about a request. Where lines are of several zones, each says its own.
export function summary(q, severalZones = false) {
  const zone = severalZones && q.occurred_at ? ` ${zoneName(q.occurred_at, q.zone)}` : '';
  const what =
    q.type === 'leave'
      ? `${text(`request.kind.${q.kind}`)} · ${q.from === q.to ? shortDate(q.from) : `${shortDate(q.from)} – ${shortDate(q.to)}`}`
      : `${text(`direction.${q.direction}`)} ${clockTime(q.occurred_at, q.zone)}${zone} · ${shortDate(q.work_date)}`;
  return {
    key: `${q.type}/${q.id}/${q.state}`,
    what,
    state: q.state,
    stateText: text(`request.state.${q.state}`),
    href: q.type === 'leave' ? '/izin' : '/koreksi',
    mark: { pending: 'pending', approved: 'present', refused: 'absent', cancelled: 'day_off', revoked: 'day_off' }[
      q.state
    ],
  };
}
