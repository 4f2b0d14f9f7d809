import { clockTime, longDate, text } from '../language.js';
import { Board, due, sums } from '../board.js';
import { get } from '../http.js';
import { channelsOf, connect, listen } from '../live.js';
import { Days, follow, keyOf } from '../days.js';
import { home, learnTime, serverNow, session, start } from '../start.js';

const feedLength = 30;
const listLength = 8;
const arrivalsEvery = 10_000; // milliseconds between two readings of the curve while people come in

start('dasbor', () => {
  // Outside of Alpine's reach, as in Riwayat: what is shown is copied out of it once a frame.
  const board = new Board();
  let drawing = 0;
  let draw = null; // the chart, once it is loaded
  let arrivals = null;
  let reading = 0;

  return {
    text, branch: new URLSearchParams(location.search).get('branch') ?? '', summaries: {}, events: [], people: {}, loaded: false, error: '',
    overdue: [], late: [], arrived: 0, usually: null,

    init() {
      const user = session.user;
      if (user.role !== 'admin' && user.role !== 'branch_admin') { location.replace(home(user)); return; }
      if (!session.config) return;
      const echo = connect(session.config);
      // The snapshot is counters, lists and curve; the feed holds only what happens while somebody watches.
      const again = follow({
        days: new Days(), snapshot: async () => { await this.load(); return []; },
        subscribe: (ready, onDays) => listen(channelsOf(user), ready, {
          'attendance.recorded': (e) => onDays(e.days), 'summary.refreshed': (s) => this.take(s),
          'request.changed': (q) => { if (q.type === 'leave' && q.state === 'approved') again(); }, // who has not punched has no stored day that could change
        }),
        onChange: (days, from) => { if (from === 'event') this.show(days); },
      });
      echo.join('dashboard')
        .here((members) => { this.people = Object.fromEntries(members.map((m) => [m.name, m])); })
        .joining((m) => { this.people[m.name] = m; })
        .leaving((m) => { delete this.people[m.name]; });
      setInterval(() => this.redraw(), 30_000); // overdue minutes go on without events
    },
    async load() {
      const scope = this.branch ? `&branch=${this.branch}` : '';
      try {
        const [counts, pending, late] = await Promise.all([get('/api/attendances/summary'), get(`/api/attendances/today?limit=500&status=pending${scope}`),
          get(`/api/attendances/today?limit=100&status=late${scope}`), this.readArrivals(4)]);
        learnTime(counts.as_of);
        for (const s of counts.items) this.take(s);
        board.load(pending.items, late.items);
        this.loaded = true;
        this.error = '';
        this.redraw();
      } catch (problem) {
        this.error = problem.message;
        throw problem;
      }
    },
    // take keeps the newer of two summaries: events and snapshots may cross.
    take(s) {
      const known = this.summaries[s.branch_id];
      if (!known || Date.parse(known.as_of) <= Date.parse(s.as_of)) this.summaries[s.branch_id] = s;
    },
    show(days) {
      const latest = days.map((d) => ({ ...d, key: `${keyOf(d)}/${d.version}` })).reverse();
      this.events = [...latest, ...this.events].slice(0, feedLength);
      board.take(days);
      this.redraw();
      reading ||= setTimeout(() => { reading = 0; this.readArrivals(0).catch(() => {}); }, arrivalsEvery); // the next one will do
    },
    async readArrivals(weeks) {
      const next = await get(`/api/attendances/arrivals?weeks=${weeks}${this.branch ? `&branch=${this.branch}` : ''}`);
      arrivals = weeks > 0 || !arrivals ? next : { ...next, usual: arrivals.usual };
      const last = arrivals.today.findLastIndex((n) => n > 0);
      this.arrived = arrivals.today.reduce((a, b) => a + b, 0);
      this.usually = arrivals.usual.length > 0 ? Math.round(arrivals.usual.reduce((a, b) => a + b, 0)) : null;
      if (!draw) {
        const { lines } = await import('../chart.js');
        draw ??= lines(this.$refs.arrivals, { mark: 0, range: [-60, 180], xLabel: (m) => text('dashboard.offset', { n: m > 0 ? `+${m}` : m }), curves: [
          { name: text('dashboard.usual'), colour: 'muted', dash: [6, 4] }, { name: text('dashboard.title'), colour: 'accent', fill: true }] });
      }
      draw([arrivals.offsets, arrivals.usual.length > 0 ? sums(arrivals.usual) : arrivals.offsets.map(() => null), sums(arrivals.today, last + 1)]);
    },
    // redraw is put off to the next frame, so that a burst of events costs one.
    redraw() {
      if (drawing) return;
      drawing = requestAnimationFrame(() => {
        drawing = 0;
        const now = serverNow();
        const keep = (d) => !this.branch || String(d.branch_id) === String(this.branch);
        const line = (d, detail) => ({ key: keyOf(d), name: d.employee_name, number: d.employee_number, branch: d.branch_name, time: clockTime(d.shift_start, d.zone), detail });
        this.overdue = board.pending(now, keep, listLength).map((d) => {
          const n = due(d, now);
          return { ...line(d, n >= 0 ? text('dashboard.overdue', { n }) : text('dashboard.begins', { time: clockTime(d.shift_start, d.zone) })), waiting: n < 0 };
        });
        this.late = board.late(keep, listLength).map((d) => ({ ...line(d, text('dashboard.lateBy', { n: d.late_minutes })), time: clockTime(d.first_in, d.zone) }));
      });
    },
    choose() {
      const query = this.branch ? `?branch=${this.branch}` : '';
      history.replaceState(null, '', `/dasbor${query}`);
      this.load().catch(() => {}); // shown as error
    },
    chooseBranch(event) { this.branch = String(event.currentTarget.dataset.id) === this.branch ? '' : String(event.currentTarget.dataset.id); this.choose(); },

    get branches() { return session.branches; },
    get manyBranches() { return session.branches.length > 1; },
    get chosen() { return Object.values(this.summaries).filter((s) => !this.branch || String(s.branch_id) === String(this.branch)); },
    get dateText() {
      const dates = [...new Set(this.chosen.map((s) => s.work_date))].sort();
      return dates.map((d) => longDate(d)).join(' / ');
    },
    get headcount() { return this.chosen.reduce((n, s) => n + s.headcount, 0); },
    get counters() {
      const sum = (of) => this.chosen.reduce((n, s) => n + of(s), 0);
      const href = (status) => `/riwayat?status=${status}${this.branch ? `&branch=${this.branch}` : ''}`;
      const counter = (key, hint = '') => ({ key, test: `counter-${key}`, value: sum((s) => s.counts[key] ?? 0), hint, href: href(key), label: text(`status.${key}`), tone: key });
      return [
        { key: 'inside', test: 'counter-inside', value: sum((s) => s.inside), hint: text('dashboard.checkedIn', { n: sum((s) => s.checked_in) }), href: '/riwayat', label: text('dashboard.inside'), tone: 'inside' },
        counter('present', text('dashboard.of', { n: this.headcount })), counter('late'), counter('pending'), counter('absent'), counter('on_leave'),
      ];
    },
    get perBranch() {
      return Object.values(this.summaries).sort((a, b) => a.branch_code.localeCompare(b.branch_code)).map((s) => ({
        id: s.branch_id, name: s.branch_name, headcount: Math.max(s.headcount, 1), in: s.checked_in, ratio: `${s.checked_in} / ${s.headcount}`,
        late: s.counts.late ? text('dashboard.nLate', { n: s.counts.late }) : '', pressed: String(s.branch_id) === this.branch,
      }));
    },
    get pendingHref() { return this.counters[3].href; },
    get lateHref() { return this.counters[2].href; },
    get noOverdue() { return this.loaded && this.overdue.length === 0; },
    get noLate() { return this.loaded && this.late.length === 0; },
    get chartLabel() {
      return this.usually === null ? text('dashboard.chartToday', { n: this.arrived }) : text('dashboard.chartBoth', { n: this.arrived, usual: this.usually });
    },
    get emptyFeed() { return this.feed.length === 0; },
    get feed() {
      return this.events.filter((d) => !this.branch || String(d.branch_id) === String(this.branch)).map((d) => ({
        key: d.key, name: d.employee_name, detail: `${d.employee_number} · ${d.branch_name}`, status: d.status, statusText: text(`status.${d.status}`),
        href: `/riwayat?day=${keyOf(d)}`, what: d.last_out ? text('direction.out') : d.first_in ? text('direction.in') : '',
        time: clockTime(d.last_out ?? d.first_in ?? d.updated_at, d.zone),
      }));
    },
    get watchers() { return Object.entries(this.people).map(([id, m]) => ({ id, name: m.name })); },
    get watcherCount() { return this.watchers.length; },
  };
});
