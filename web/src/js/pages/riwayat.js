import { text } from '../language.js';
import { all, get } from '../http.js';
import { channelsOf, connect, listen } from '../live.js';
import { Days, follow, keyOf } from '../days.js';
import { matcher, row } from '../rows.js';
import { home, session, start } from '../start.js';

const firstRows = 100;
const pageSize = 50;
const freshFor = 2500; // milliseconds

start('riwayat', () => {
  // Outside of Alpine's reach: thousands of days need no proxies. What is shown is copied into rows.
  const days = new Days();
  const fresh = new Map(); // key → until when it is highlighted
  const changedKeys = new Set();
  let drawing = 0;
  let search = null;

  return {
    text, tab: 'today', rows: [], total: 0, visible: firstRows, past: [], changed: 0, error: '',
    filter: { from: '', to: '', branch: '', status: '', text: '' }, cursors: [''], nextCursor: '',

    init() {
      if (session.user.role === 'ops') { location.replace(home(session.user)); return; }
      this.tab = location.hash === '#riwayat' ? 'history' : 'today';
      if (session.config) {
        connect(session.config);
        follow({
          days, snapshot: () => all('/api/attendances/today?limit=500'),
          subscribe: (ready, onDays) => listen(channelsOf(session.user), ready, { 'attendance.recorded': (e) => onDays(e.days) }),
          onChange: (news, from) => this.changedDays(news, from),
        });
      }
      this.apply();
    },
    changedDays(news, from) {
      if (from === 'event') {
        const until = Date.now() + freshFor;
        for (const d of news) { fresh.set(keyOf(d), until); changedKeys.add(keyOf(d)); }
        this.changed = changedKeys.size;
      }
      this.draw();
    },
    // draw is put off to the next frame, so that a burst of events costs one.
    draw() {
      if (drawing) return;
      drawing = requestAnimationFrame(() => {
        drawing = 0;
        const keep = matcher(this.filter);
        const found = [];
        for (const d of days.values()) if (keep(d)) found.push(d);
        found.sort((a, b) => a.employee_number.localeCompare(b.employee_number) || a.work_date.localeCompare(b.work_date));
        const now = Date.now();
        this.total = found.length;
        this.rows = found.slice(0, this.visible).map((d) => {
          const r = row(d);
          const until = fresh.get(r.key);
          if (until > now) r.fresh = true; else fresh.delete(r.key);
          return r;
        });
      });
    },
    async apply() {
      this.visible = firstRows;
      this.draw();
      this.cursors = [''];
      await this.load();
    },
    async load() {
      search?.abort();
      search = new AbortController();
      const query = new URLSearchParams({ limit: pageSize, cursor: this.cursors.at(-1) });
      for (const [name, value] of [['from', this.filter.from], ['to', this.filter.to], ['branch', this.filter.branch], ['status', this.filter.status], ['q', this.filter.text.trim()]]) {
        if (value) query.set(name, value);
      }
      changedKeys.clear(); // what changes from here on is not in the answer for sure
      this.changed = 0;
      try {
        const page = await get(`/api/attendances?${query}`, { signal: search.signal });
        this.past = page.items.map(row);
        this.nextCursor = page.next_cursor;
        this.error = '';
      } catch (problem) {
        if (problem.name !== 'AbortError') this.error = problem.message;
      }
    },
    next() { this.cursors.push(this.nextCursor); this.load(); },
    previous() { this.cursors.pop(); this.load(); },
    showMore() { this.visible += firstRows; this.draw(); },
    showToday() { this.tab = 'today'; history.replaceState(null, '', '#hari-ini'); },
    showHistory() { this.tab = 'history'; history.replaceState(null, '', '#riwayat'); },
    tabKeys(event) {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      if (this.onToday) this.showHistory(); else this.showToday();
      document.getElementById(this.onToday ? 'tab-today' : 'tab-history').focus();
    },

    get onToday() { return this.tab === 'today'; },
    get onHistory() { return this.tab === 'history'; },
    get todayIndex() { return this.onToday ? 0 : -1; },
    get historyIndex() { return this.onHistory ? 0 : -1; },
    get hasNext() { return this.nextCursor !== ''; },
    get hasPrevious() { return this.cursors.length > 1; },
    get more() { return this.rows.length < this.total; },
    get noRows() { return this.rows.length === 0; },
    get noPast() { return this.past.length === 0; },
    get branches() { return session.branches; },
    get manyBranches() { return session.branches.length > 1; },
    get manyPeople() { return session.user.role !== 'employee'; },
    get todayCount() { return text('history.count', { n: this.total }); },
    get changedLabel() { return text('history.changed', { n: this.changed }); },
    get statuses() {
      return ['present', 'late', 'half_day', 'incomplete', 'absent', 'on_leave', 'holiday', 'day_off', 'pending'].map((value) => ({ value, label: text(`status.${value}`) }));
    },
  };
});
