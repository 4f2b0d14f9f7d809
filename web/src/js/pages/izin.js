import { shortDate, text } from '../language.js';
import { compose, none } from '../list.js';
import { requests } from '../requests.js';
import { start } from '../start.js';

/** @typedef {import('../api').Answer<'GET', '/api/leave-requests/{id}/effect'>} Effect */

const fewDates = 5; // that are named one by one

start('izin', () =>
  compose(
    requests({
      kind: 'leave',
      route: '/api/leave-requests',
      blank: { employee: '', kind: 'leave', from: '', to: '', reason: '' },
      needed: () => ['from', 'reason'],
      body: (v) => ({ kind: v.kind, from: v.from, to: v.to || v.from, reason: v.reason.trim() }),
    }),
    {
      effect: /** @type {Effect} */ (none),

      get effectKind() {
        return this.effect && (this.effect.punched.length > 0 || this.effect.working_days === 0) ? 'error' : 'info';
      },
      get effectLines() {
        if (!this.effect) return [];
        const { dates, working_days: working, punched, locked, shared } = this.effect;
        const named = punched.slice(0, fewDates).map(shortDate).join('; ');
        const more = punched.length - fewDates;
        return [
          text('izin.dates', { n: dates, working }),
          ...(punched.length > 0
            ? [text(more > 0 ? 'izin.punchedMore' : 'izin.punched', { dates: named, n: more })]
            : []),
          ...(locked > 0 ? [text('izin.locked', { n: locked })] : []),
          ...(shared ? [text('izin.shared')] : []),
        ];
      },
    },
  ),
);
