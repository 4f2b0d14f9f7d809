import { language, text, zonesDiffer } from '../language.js';
import { frameBudget } from '../frame_budget.js';
import { aborted, address, get } from '../http.js';
import { compose, list, mostRows, searchOf } from '../list.js';
import { channelsOf, follow } from '../live.js';
import { dayDrawer } from '../day_drawer.js';
import { Days, byPerson, keyOf } from '../days.js';
import { rename } from '../drawers.js';
import { Highlights, keeper, matcher, row } from '../rows.js';
import { session, start } from '../start.js';
import { element } from '../ui.js';
import { towards, Windowed } from '../windowed.js';

const firstRows = 40; // rows of Hari Ini that are read first
const moreRows = 100; // and at once afterwards
const perFrame = 8; // rows that one frame draws at the most
const gathering = 500; // milliseconds for which events are gathered before reading again
const freshFor = 2500; // milliseconds
const blank = { from: '', to: '', branch: '', status: '', employee: '', q: '' };

start('riwayat', () => {
  // This is outside of Alpine: thousands of days need no proxies. The visible ones are copied into rows.
  const days = new Days();
  const fresh = new Highlights(freshFor);
  const changedKeys = new Set();
  const rowsOf = keeper(() => zonesDiffer(session.branches));
  const summaries = new Map(); // branch → the newest counts
  const view = new Windowed();
  const budget = frameBudget(perFrame);
  let drawn = []; // the rows as they are drawn
  let known = 0; // how many there are
  let end = null; // the last day that is loaded, while there are more
  let oldest = ''; // the first work date of what was read; today, or one whose night is not over
  let drawing = 0;
  let looking = 0;
  let ending = null; // sees when the end of the list comes near
  let reading = null;
  let again = null;

  return compose(dayDrawer(), {
    text,
    tab: 'today',
    rows: [],
    offset: 0, // of the first row
    above: 0, // pixels that the rows above take
    below: 0,
    total: /** @type {number | string} */ (0),
    pastShown: false,
    nextToday: '',
    fetching: false,
    problem: '',
    past: list({ route: '/api/attendances', filter: blank, quiet: true }), // the address holds more than its filter
    changed: 0,
    loaded: false,
    standing: false, // the rows that were read are on the screen

    init() {
      this.past.recall();
      if (location.hash === '#riwayat') this.turn('history');
      again = follow({
        channels: channelsOf(session.user),
        read: () => this.readToday(),
        on: {
          'attendance.recorded': (e) => this.recorded(e.days),
          'summary.refreshed': (counts) => {
            this.count([counts]);
            this.draw();
          },
          // Those who have not punched have no stored day that could change.
          'request.changed': (q) => {
            if (q.type === 'leave' && q.state === 'approved') again(gathering);
          },
        },
      });
      // The next rows are fetched before somebody scrolls to them.
      ending = new IntersectionObserver(
        (entries) => {
          if (entries.some((e) => e.isIntersecting)) this.showMore();
        },
        { rootMargin: '600px' },
      );
      ending.observe(this.$refs.more);
      for (const seen of ['scroll', 'resize']) addEventListener(seen, () => this.look(), { passive: true });
      this.watchDays(); // before its address goes
      this.apply();
    },
    // recorded takes the days of an event. Those of dates before today, which corrections change, are no rows of Hari
    // Ini.
    recorded(list) {
      const before = list.filter((d) => d.work_date < oldest);
      this.changedDays([...days.merge(list.filter((d) => d.work_date >= oldest)), ...before]);
    },
    changedDays(news) {
      fresh.add(news.map(keyOf));
      const shown = new Map(this.past.rows.map((d) => [keyOf(d), d.version]));
      for (const d of news) if ((shown.get(keyOf(d)) ?? -1) < d.version) changedKeys.add(keyOf(d));
      this.changed = changedKeys.size;
      this.newsOf(news);
    },
    // took shows what the reader has made of a day, in both lists.
    took(day) {
      const key = keyOf(day);
      const at = this.past.rows.findIndex((d) => keyOf(d) === key);
      if (at >= 0 && this.past.rows[at].version < day.version) this.past.rows[at] = day;
      if (!days.get(key)) return;
      days.merge([day]);
      fresh.add([key]);
      this.draw();
    },
    newsOf(news) {
      if (this.openKey && news.some((d) => keyOf(d) === this.openKey)) this.readDetail();
      this.draw();
    },
    // readToday fetches as many rows of Hari Ini as are shown. The server filters them, so that a search finds
    // everybody.
    async readToday() {
      reading?.abort();
      const mine = new AbortController();
      reading = mine;
      const wanted = Math.max(known, firstRows);
      const rows = [];
      days.begin();
      try {
        let cursor = '';
        do {
          const page = await this.readPage(cursor, Math.min(wanted - rows.length, mostRows), mine.signal);
          rows.push(...page.items);
          cursor = page.next_cursor;
        } while (cursor && rows.length < wanted);
        const news = days.finish(rows);
        end = cursor ? rows.at(-1) : null;
        oldest = rows.reduce((least, d) => (d.work_date < least ? d.work_date : least), rows[0]?.work_date ?? oldest);
        const first = !this.loaded;
        Object.assign(this, { nextToday: cursor, loaded: true, problem: '' });
        // The first reading of a filter shows it. Later ones tell what no event told.
        if (first) this.newsOf(news);
        else this.changedDays(news.filter((d) => d.version > 0));
      } catch (problem) {
        if (!aborted(problem)) this.problem = problem.message; // else another reading takes over
        throw problem;
      }
    },
    async readPage(cursor, limit, signal) {
      const query = { ...this.filter, from: '', to: '', q: this.filter.q.trim(), limit, cursor };
      const counts = !cursor && this.manyPeople;
      const page = await get('/api/attendances/today', { query: { ...query, counts }, signal });
      this.count(page.summaries ?? []);
      return page;
    },
    async showMore() {
      if (!this.nextToday || this.fetching) return;
      this.fetching = true;
      const { signal } = reading; // a reading that begins meanwhile takes over
      try {
        const page = await this.readPage(this.nextToday, moreRows, signal);
        days.merge(page.items);
        end = page.next_cursor ? page.items.at(-1) : null;
        Object.assign(this, { nextToday: page.next_cursor, problem: '' });
        this.draw();
        this.lookAgain();
      } catch (problem) {
        if (!aborted(problem)) this.problem = problem.message;
      } finally {
        this.fetching = false;
      }
    },
    // lookAgain asks whether the end is still near. The observer tells of changes only, and somebody may be there again
    // already.
    lookAgain() {
      ending?.unobserve(this.$refs.more);
      ending?.observe(this.$refs.more);
    },
    count(news) {
      for (const s of news) {
        const known = summaries.get(s.branch_id);
        if (!known || Date.parse(known.as_of) <= Date.parse(s.as_of)) summaries.set(s.branch_id, s);
      }
    },
    // all is the number of rows, with those that are not loaded. A search counts only what it has found.
    all(found) {
      const { branch, status, employee, q } = this.filter;
      if (!this.nextToday) return found;
      if (q.trim() || employee) return `${found}+`;
      let n = 0;
      for (const s of summaries.values())
        if (!branch || String(s.branch_id) === String(branch)) n += status ? (s.counts[status] ?? 0) : s.headcount;
      return Math.max(n, found);
    },
    // draw waits for the next frame, so that a burst of events is drawn once, and draws the rest of many rows in the
    // ones after.
    draw() {
      if (drawing) return;
      drawing = requestAnimationFrame(() => {
        drawing = 0;
        budget.begin();
        const keep = matcher({ ...this.filter, text: this.filter.q });
        const found = [];
        for (const d of days.values()) if (keep(d) && (!end || byPerson(d, end) <= 0)) found.push(d);
        found.sort(byPerson);
        known = found.length;
        this.total = this.all(known);
        this.measure();
        view.list(found.map(keyOf));
        this.seen();
        const wanted = rowsOf(found.slice(view.from, view.to), (key) => fresh.has(key));
        this.keepFocus(wanted);
        const { rows, left } = towards(drawn, wanted, budget.rows);
        drawn = rows;
        const { first, above, below } = view.space(rows.map((r) => r.key));
        Object.assign(this, { rows, offset: first, above, below, standing: this.loaded });
        if (left < 0) this.draw();
      });
    },
    // keepFocus gives the focus to the table when the row that has it is about to leave the document.
    keepFocus(wanted) {
      const held = [...this.$refs.rows.rows].find((tr) => tr.contains(document.activeElement));
      if (held && !wanted.some((r) => r.key === held.dataset.key)) this.$refs.region.focus({ preventScroll: true });
    },
    // speaking draws the rows again when the language changes.
    speaking() {
      if (language.state.now) this.draw();
    },
    // measure learns how high the drawn rows are.
    measure() {
      for (const tr of this.$refs.rows.rows) {
        const { height } = tr.getBoundingClientRect();
        if (height > 0) view.measured(tr.dataset.key, height);
      }
    },
    // seen tells the window what is on the screen, and returns whether it moved.
    seen() {
      const { bottom, height } = this.$refs.head.getBoundingClientRect();
      return height > 0 && view.look(-bottom, innerHeight);
    },
    look() {
      looking ||= requestAnimationFrame(() => {
        looking = 0;
        if (this.seen()) this.draw();
      });
    },
    async apply() {
      this.address();
      Object.assign(this, { loaded: false, standing: false });
      reading?.abort();
      again();
      this.draw();
      this.past.cursors = [''];
      await this.load();
    },
    address() {
      rename(this.place(''));
    },
    dayAddress(key) {
      return this.place(key);
    },
    // place is the address of what is chosen, with a day that is open.
    place(day) {
      const query = new URLSearchParams(searchOf(this.filter, blank));
      if (day) query.set('day', day);
      const search = query.size > 0 ? `?${query}` : '';
      return `${location.pathname}${search}${this.onToday ? '#hari-ini' : '#riwayat'}`;
    },
    load() {
      changedKeys.clear(); // the answer may lack what changes from here on
      this.changed = 0;
      return this.past.load();
    },
    clear() {
      this.past.filter = { ...blank };
      this.apply();
    },
    forward() {
      this.past.cursors.push(this.past.next);
      return this.load();
    },
    back() {
      this.past.cursors.pop();
      return this.load();
    },
    showToday() {
      this.turn('today');
      this.address();
    },
    showHistory() {
      this.turn('history');
      this.address();
    },
    // turn goes to a tab. What is on the other one is not drawn before somebody looks at it.
    turn(tab) {
      this.tab = tab;
      this.pastShown ||= this.onHistory;
      this.look();
    },
    tabKeys(event) {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      if (this.onToday) this.showHistory();
      else this.showToday();
      element(this.onToday ? 'tab-today' : 'tab-history').focus();
    },

    onlyPerson() {
      this.filter.employee = String(this.detail.day.employee_id);
      this.filter.q = '';
      this.shut();
      this.showHistory();
      this.apply();
    },

    get onToday() {
      return this.tab === 'today';
    },
    get onHistory() {
      return this.tab === 'history';
    },
    get todayIndex() {
      return this.onToday ? 0 : -1;
    },
    get historyIndex() {
      return this.onHistory ? 0 : -1;
    },
    get filter() {
      return this.past.filter;
    },
    get pageText() {
      return text('list.page', { n: this.past.cursors.length });
    },
    get more() {
      return this.standing && this.nextToday !== '';
    },
    // partly tells whether the document, which is what is printed, has not all rows.
    get partly() {
      return this.above > 0 || this.below > 0 || this.more;
    },
    get noRows() {
      return this.standing && this.total === 0;
    },
    get waiting() {
      return !this.standing;
    },
    // rowCount is the number of rows for those who hear the table; -1 while it is not known.
    get rowCount() {
      return typeof this.total === 'number' ? this.total + 1 : -1;
    },
    get aboveStyle() {
      return { height: `${this.above}px` };
    },
    get belowStyle() {
      return { height: `${this.below}px` };
    },
    get pastRows() {
      if (!this.pastShown) return [];
      const severalZones = zonesDiffer(session.branches);
      return this.past.rows.map((day) => row(day, severalZones));
    },
    get filtered() {
      return this.past.filtered;
    },
    get branches() {
      return session.branches;
    },
    get manyBranches() {
      return session.branches.length > 1;
    },
    get manyPeople() {
      return session.user.role !== 'employee';
    },
    get todayCount() {
      return this.standing ? text('history.count', { n: this.total }) : text('ui.loading');
    },
    get changedLabel() {
      return text('history.changed', { n: this.changed });
    },
    get csvHref() {
      const query = { ...this.filter, q: this.filter.q.trim(), lang: language.state.now };
      return address('/api/attendances.csv', { query });
    },
    get statuses() {
      return ['present', 'late', 'half_day', 'incomplete', 'absent', 'on_leave', 'holiday', 'day_off', 'pending'].map(
        (value) => ({ value, label: text(`status.${value}`) }),
      );
    },
  });
});
