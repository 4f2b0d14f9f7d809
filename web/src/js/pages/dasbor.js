import { clockTime, text } from '../language.js';
import { get } from '../http.js';
import { channelsOf, connect, listen } from '../live.js';
import { Days, follow, keyOf } from '../days.js';
import { home, session, start } from '../start.js';

const feedLength = 30;

start('dasbor', () => ({
  text, branch: '', summaries: {}, events: [], people: {},

  init() {
    const user = session.user;
    if (user.role !== 'admin' && user.role !== 'branch_admin') { location.replace(home(user)); return; }
    if (!session.config) return;
    const echo = connect(session.config);
    // The snapshot is the counters; the feed holds only what happens while somebody watches.
    follow({
      days: new Days(), snapshot: async () => { await this.count(); return []; },
      subscribe: (ready, onDays) => listen(channelsOf(user), ready, {
        'attendance.recorded': (e) => onDays(e.days), 'summary.refreshed': (s) => this.take(s),
      }),
      onChange: (days, from) => { if (from === 'event') this.show(days); },
    });
    echo.join('dashboard')
      .here((members) => { this.people = Object.fromEntries(members.map((m) => [m.name, m])); })
      .joining((m) => { this.people[m.name] = m; })
      .leaving((m) => { delete this.people[m.name]; });
  },
  async count() {
    const { items } = await get('/api/attendances/summary');
    for (const s of items) this.take(s);
  },
  // take keeps the newer of two summaries: events and snapshots may cross.
  take(s) {
    const known = this.summaries[s.branch_id];
    if (!known || Date.parse(known.as_of) <= Date.parse(s.as_of)) this.summaries[s.branch_id] = s;
  },
  show(days) {
    const latest = days.map((d) => ({ ...d, key: `${keyOf(d)}/${d.version}` })).reverse();
    this.events = [...latest, ...this.events].slice(0, feedLength);
  },
  recount() { /* the getters below follow the choice */ },

  get branches() { return session.branches; },
  get chosen() { return Object.values(this.summaries).filter((s) => !this.branch || String(s.branch_id) === String(this.branch)); },
  get counters() {
    const sum = (of) => this.chosen.reduce((n, s) => n + of(s), 0);
    const headcount = sum((s) => s.headcount);
    const counter = (key, value, hint = '') => ({ key, test: `counter-${key}`, value, hint, label: key === 'inside' ? text('dashboard.inside') : text(`status.${key}`) });
    return [
      counter('inside', sum((s) => s.inside), text('dashboard.checkedIn', { n: sum((s) => s.checked_in) })),
      counter('present', sum((s) => s.counts.present ?? 0), text('dashboard.of', { n: headcount })),
      counter('late', sum((s) => s.counts.late ?? 0)),
      counter('pending', sum((s) => s.counts.pending ?? 0)),
      counter('absent', sum((s) => (s.counts.absent ?? 0))),
      counter('on_leave', sum((s) => s.counts.on_leave ?? 0)),
    ];
  },
  get perBranch() {
    return Object.values(this.summaries).sort((a, b) => a.branch_code.localeCompare(b.branch_code))
      .map((s) => ({ id: s.branch_id, name: s.branch_name, headcount: s.headcount, in: s.checked_in, ratio: `${s.checked_in} / ${s.headcount}` }));
  },
  get emptyFeed() { return this.feed.length === 0; },
  get feed() {
    return this.events.filter((d) => !this.branch || String(d.branch_id) === String(this.branch)).map((d) => ({
      key: d.key, name: d.employee_name, detail: `${d.employee_number} · ${d.branch_name}`, status: d.status, statusText: text(`status.${d.status}`),
      time: clockTime(d.last_out ?? d.first_in ?? d.updated_at, d.zone),
    }));
  },
  get watchers() { return Object.entries(this.people).map(([id, m]) => ({ id, name: m.name })); },
  get watcherCount() { return this.watchers.length; },
}));
