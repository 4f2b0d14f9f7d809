import { clockTime, shortDate, text } from './language.js';
import { get, Problem, request } from './http.js';
import { inbox, lineOf, seen } from './inbox.js';
import { summary } from './request_line.js';
import { session } from './start.js';
import { turns } from './turns.js';
import { toast } from './ui.js';

/** @typedef {import('./api').Item<'/api/notifications'>} Reminder */
/** @typedef {import('./api').Item<'/api/leave-requests'> | import('./api').Item<'/api/corrections'>} Asked */

// ownNews is the part of the page Beranda that shows a person's reminders, what others decided, and latest requests.
// The component that it becomes part of holds renew, which waits for a reading.
export function ownNews() {
  const turn = { requests: turns(), reminders: turns() };

  return {
    asked: /** @type {Asked[] | null} */ (null),
    reminders: /** @type {Reminder[]} */ ([]),
    tried: { requests: false, reminders: false },

    async loadReminders() {
      const isNews = turn.reminders();
      try {
        const { items } = await get('/api/notifications', { query: { unread: true, limit: 5 } });
        if (isNews()) this.reminders = items;
      } finally {
        this.tried.reminders = true;
      }
    },
    remind(n) {
      this.reminders = [n, ...this.reminders.filter((r) => r.id !== n.id)].slice(0, 5);
      toast('info', text(`home.remind.${n.kind}`, { time: clockTime(n.due_at, n.zone) }));
    },
    async read() {
      if (inbox.state.decisions.length > 0) seen();
      if (this.reminders.length === 0) return;
      this.reminders = [];
      try {
        await request('POST', '/api/notifications/read');
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.renew(this.loadReminders());
      }
    },
    async loadRequests() {
      const query = { limit: 5, employee: session.user.employee_id };
      const isNews = turn.requests();
      try {
        const [leave, corrections] = await Promise.all([
          get('/api/leave-requests', { query }),
          get('/api/corrections', { query }),
        ]);
        if (!isNews()) return;
        this.asked = [...leave.items, ...corrections.items]
          .sort((a, b) => Date.parse(b.requested_at) - Date.parse(a.requested_at))
          .slice(0, 5);
      } finally {
        this.tried.requests = true;
      }
    },

    get newsTried() {
      return inbox.state.tried;
    },
    get hasReminders() {
      return this.reminders.length > 0 || inbox.state.decisions.length > 0;
    },
    get reminderLines() {
      const decided = inbox.state.decisions.map((q) => ({
        id: `${q.type}/${q.id}`,
        sentence: lineOf(q),
      }));
      const reminded = this.reminders.map((n) => ({
        id: String(n.id),
        sentence: `${shortDate(n.work_date)}: ${text(`home.remind.${n.kind}`, { time: clockTime(n.due_at, n.zone) })}`,
      }));
      return [...decided, ...reminded];
    },
    get noRequests() {
      return this.asked?.length === 0;
    },
    get requests() {
      const news = new Set(inbox.state.decisions.map((q) => `${q.type}/${q.id}`));
      return (this.asked ?? []).map((q) => ({ ...summary(q), unread: news.has(`${q.type}/${q.id}`) }));
    },
  };
}
