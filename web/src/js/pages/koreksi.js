import { requests } from '../requests.js';
import { start } from '../start.js';

start('koreksi', () =>
  requests({
    kind: 'correction',
    route: '/api/corrections',
    blank: { employee: '', work_date: '', direction: 'in', time: '', next_day: false, repeated: '', reason: '' },
    needed: ['work_date', 'time', 'reason'],
    body: (v) => ({
      work_date: v.work_date,
      direction: v.direction,
      time: v.time,
      next_day: Boolean(v.next_day),
      reason: v.reason.trim(),
      ...(v.repeated ? { repeated: v.repeated } : {}),
    }),
  }),
);
