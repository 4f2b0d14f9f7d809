import { requests } from '../requests.js';
import { start } from '../start.js';

start('izin', () =>
  requests({
    kind: 'leave',
    route: '/api/leave-requests',
    blank: { employee: '', kind: 'leave', from: '', to: '', reason: '' },
    needed: () => ['from', 'reason'],
    body: (v) => ({ kind: v.kind, from: v.from, to: v.to || v.from, reason: v.reason.trim() }),
  }),
);
