import Alpine from '@alpinejs/csp';
import { clockTime, language, longDate, text, zoneName, zonesDiffer } from '../language.js';
import { Board, due, sums } from '../board.js';
import { aborted, get } from '../http.js';
import { inbox } from '../inbox.js';
import { compose } from '../list.js';
import { channelsOf, connection, follow } from '../live.js';
import { Days, keyOf } from '../days.js';
import { endsNothing, Feed } from '../feed.js';
import { firstSteps } from '../first_steps.js';
import { frameBudget } from '../frame_budget.js';
import { personAt } from '../nav.js';
import { lateBy } from '../remarks.js';
import { unchanged } from '../rows.js';
import { spread } from '../pace.js';
import { learnTime, serverNow, session, start } from '../start.js';
import { turns } from '../turns.js';
import { wall } from '../wall.js';
import { towards } from '../windowed.js';

const feedLength = 30;
const listLength = 8;
const perFrame = 12; // lines of all lists that one frame draws at the most
const boardList = 50; // people in one list of the server's answer
const gathering = 500; // milliseconds for which events are gathered before reading again
const wallEvery = 60_000; // milliseconds between two readings of a screen on a wall, which nobody reloads
const arrivalsEvery = 10_000; // milliseconds between two readings of the curve while people come in

Alpine.data('firstSteps', firstSteps);

start('dasbor', () => {
  // This is outside of Alpine, as in Riwayat. Once per frame the visible part is copied into the component.
  const board = new Board();
  const feed = new Feed();
  const names = /** @type {const} */ (['overdue', 'late', 'latest']);
  const held = { latest: feedLength }; // the others lose at once who came, or is late no more
  const lists = names.map((name) => ({ name, same: unchanged(), drawn: [], held: held[name] ?? 0 }));
  const budget = frameBudget(perFrame);
  let drawing = 0;
  /** @type {any} */
  let draw = null; // the chart, once it is loaded
  let arrivals = null;
  let usualOf = null; // the branch and date whose usual day is known
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let reading;
  let counting = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  const turn = turns(); // of counting requests
  let search = null;
  let more = false; // the snapshot left out some who are waited for
  let again = null;
  let ready = false; // the first snapshot has arrived; loaded means that it is drawn

  return compose(wall(), {
    text,
    branch: new URLSearchParams(location.search).get('branch') ?? '',
    summaries: {},
    latest: /** @type {any[]} */ ([]),
    people: /** @type {Record<string, any> | null} */ (null),
    asked: /** @type {{leave_requests: number, corrections: number} | null} */ (null), // what waits of requests
    loaded: false,
    error: '',
    overdue: /** @type {object[]} */ ([]),
    late: /** @type {object[]} */ ([]),
    arrived: 0,
    usually: /** @type {number | null} */ (null),

    init() {
      const user = session.user;
      const days = new Days();
      this.beginWall();
      again = follow({
        channels: channelsOf(user),
        every: this.wall ? wallEvery : 0,
        read: () => this.load(),
        presence: {
          channel: 'dashboard',
          members: (channel) =>
            channel
              .here((members) => {
                this.people = Object.fromEntries(members.map((m) => [m.id, m]));
              })
              .joining((m) => {
                this.people = { ...this.people, [m.id]: m };
              })
              .leaving((m) => {
                if (this.people) delete this.people[m.id];
              }),
        },
        on: {
          'attendance.recorded': (e) => {
            const news = days.merge(e.days);
            if (news.length > 0) this.show(news);
          },
          'summary.refreshed': (s) => this.take(s),
          // Those who have not punched have no stored day that could change.
          'request.changed': (q) => {
            if (q.type === 'leave' && q.state === 'approved') again(gathering);
            else counting ||= setTimeout(() => this.countAsked().catch(() => {}), spread(0));
          },
        },
      });
      setInterval(() => this.redraw(), 30_000); // overdue minutes go on without events
    },
    async load() {
      search?.abort();
      const mine = new AbortController();
      search = mine;
      board.begin();
      feed.begin();
      const { branch, usualKey } = this;
      const query = { weeks: usualOf === usualKey ? 0 : 4, branch };
      try {
        const [all] = await Promise.all([
          get('/api/attendances/board', { query, signal: mine.signal }),
          this.countAsked().catch(() => {}), // numbers of today do not wait for it
        ]);
        learnTime(all.as_of);
        this.refreshed();
        for (const s of all.summaries) this.take(s);
        board.load(all.pending, all.late);
        more = all.pending.length >= boardList;
        feed.load(all.latest, feedLength, (d) => !branch || String(d.branch_id) === String(branch));
        this.curve(all.arrivals, usualKey).catch(() => {}); // without the chart's code its numbers are in the text
        ready = true;
        this.error = '';
        this.redraw();
      } catch (problem) {
        if (!aborted(problem)) this.error = problem.message; // else another reading takes over
        throw problem;
      }
    },
    async countAsked() {
      counting = undefined;
      const { branch } = this;
      if (!branch) return; // the menu counts that
      const isNews = turn();
      const asked = await get('/api/waiting', { query: { branch } });
      if (isNews() && branch === this.branch) this.asked = asked;
    },
    // take keeps the newer of two summaries, since events and snapshots may overtake each other.
    take(s) {
      this.refreshed();
      const known = this.summaries[s.branch_id];
      if (!known || Date.parse(known.as_of) <= Date.parse(s.as_of)) this.summaries[s.branch_id] = s;
    },
    show(days) {
      this.refreshed();
      feed.take(days);
      board.take(days);
      this.redraw();
      if (more && board.waiting < listLength) {
        more = false;
        again(arrivalsEvery);
      } // the snapshot's list has run out
      reading ||= setTimeout(() => {
        reading = undefined;
        this.readArrivals().catch(() => {});
      }, arrivalsEvery); // the next one will do
    },
    async readArrivals() {
      const { branch, usualKey } = this;
      const next = await get('/api/attendances/arrivals', { query: { weeks: 0, branch } });
      if (usualKey === this.usualKey && usualKey === usualOf) await this.curve(next, usualKey);
    },
    get usualKey() {
      return `${this.branch}/${new Date(serverNow()).toDateString()}`;
    },
    // curve draws the arrivals. It reads the usual day once per branch and date; later requests leave it out.
    async curve(next, usualKey) {
      arrivals = usualOf === usualKey ? { ...next, usual: arrivals.usual } : next;
      usualOf = usualKey;
      const { offsets, today, usual } = arrivals;
      const last = today.findLastIndex((n) => n > 0);
      this.arrived = today.reduce((a, b) => a + b, 0);
      this.usually = usual.length > 0 ? Math.round(usual.reduce((a, b) => a + b, 0)) : null;
      if (!draw) {
        const { lines } = await import('../chart.js');
        draw ??= lines(this.$refs.arrivals, {
          mark: 0,
          range: [-60, 180],
          xLabel: (m) => text('dashboard.offset', { n: m > 0 ? `+${m}` : m }),
          curves: [
            { name: text('dashboard.usual'), colour: 'muted', dash: [6, 4] },
            { name: text('dashboard.title'), colour: 'accent', fill: true },
          ],
        });
      }
      draw([offsets, usual.length > 0 ? sums(usual) : offsets.map(() => null), sums(today, last + 1)]);
    },
    // redraw waits for the next frame, so that a burst of events is drawn once.
    redraw() {
      if (drawing) return;
      drawing = requestAnimationFrame(() => {
        drawing = 0;
        budget.begin();
        const now = serverNow();
        const keep = (d) => !this.branch || String(d.branch_id) === String(this.branch);
        const line = (d, detail) => ({
          key: keyOf(d),
          name: d.employee_name,
          person: personAt(d.employee_id),
          number: d.employee_number,
          branch: d.branch_name,
          detail,
        });
        const overdue = board.pending(now, keep, listLength).map((d) => {
          const n = due(d, now);
          return {
            ...line(
              d,
              n >= 0
                ? text('dashboard.overdue', { n })
                : text('dashboard.begins', { time: this.timeIn(d.shift_start, d.zone).join(' ') }),
            ),
            waiting: n < 0,
          };
        });
        const late = board.late(keep, listLength).map((d) => ({
          ...line(d, [lateBy(d), ...this.otherDate(d)].join(' · ')),
          time: this.timeIn(d.first_in, d.zone),
        }));
        const latest = feed.latest(keep, feedLength).map((d) => this.line(d));
        this.update({ overdue, late, latest });
        this.loaded = ready;
      });
    },
    // update draws what has changed of the lists: some of it now if it is much, and the rest in the next frames.
    update(wanted) {
      let most = budget.rows;
      let whole = true;
      lists.push(...lists.splice(0, 1)); // each is the first in its turn
      for (const list of lists) {
        const { rows, left } = towards(list.drawn, list.same(wanted[list.name]), most, list.held);
        if (rows.length !== list.drawn.length || rows.some((r, i) => r !== list.drawn[i])) this[list.name] = rows;
        list.drawn = rows;
        whole &&= left >= 0;
        most = Math.max(0, left);
      }
      if (!whole) this.redraw();
    },
    // speaking draws the lists again when the language changes.
    speaking() {
      if (language.state.now) this.redraw();
    },
    choose() {
      history.replaceState(null, '', this.addressOf(this.wall));
      search?.abort();
      again();
      this.redraw();
    },
    chooseBranch(event) {
      this.branch =
        String(event.currentTarget.dataset.id) === this.branch ? '' : String(event.currentTarget.dataset.id);
      this.choose();
    },

    get branches() {
      return session.branches;
    },
    get manyBranches() {
      return session.branches.length > 1;
    },
    // timeIn is a time by the clocks of its branch, with the zone if other branches on the page have another time.
    timeIn(instant, zone) {
      const differ = !this.branch && zonesDiffer(session.branches);
      return [clockTime(instant, zone), differ ? zoneName(instant, zone) : ''];
    },
    get chosen() {
      return Object.values(this.summaries).filter((s) => !this.branch || String(s.branch_id) === String(this.branch));
    },
    get dateText() {
      const dates = [...new Set(this.chosen.map((s) => s.work_date))].sort();
      return dates.map((d) => longDate(d)).join(' / ');
    },
    get headcount() {
      return this.chosen.reduce((n, s) => n + s.headcount, 0);
    },
    // Of a server of the release before, nobody knows how many.
    get toReview() {
      return this.loaded ? this.chosen.reduce((n, s) => n + (s.to_review ?? 0), 0) : 0;
    },
    get toDo() {
      const branch = this.branch ? `?branch=${this.branch}` : '';
      const one = (page, n) => ({
        page,
        test: `to-do-${page}`,
        href: `/${page}${branch}`,
        label: text(`page.${page}`),
        n: this.loaded ? (n ?? '–') : '',
        some: this.loaded && n > 0,
      });
      return [
        one('izin', this.branch ? this.asked?.leave_requests : inbox.state.waiting.izin),
        one('koreksi', this.branch ? this.asked?.corrections : inbox.state.waiting.koreksi),
        one('ditinjau', this.toReview),
      ];
    },
    // Before the numbers are known the counters show a placeholder, since a zero would be a number.
    get counters() {
      const sum = (of) => (this.loaded ? this.chosen.reduce((n, s) => n + of(s), 0) : '');
      const hint = (name, n) => (this.loaded ? text(name, { n }) : '');
      const href = (status) => `/riwayat?status=${status}${this.branch ? `&branch=${this.branch}` : ''}`;
      const counter = (key, remark = '') => ({
        key,
        test: `counter-${key}`,
        value: sum((s) => s.counts[key] ?? 0),
        hint: remark,
        href: href(key),
        label: text(`status.${key}`),
        tone: key,
      });
      return [
        {
          key: 'inside',
          test: 'counter-inside',
          value: sum((s) => s.inside),
          hint: hint(
            this.chosen.some((s) => s.inside > s.checked_in) ? 'dashboard.checkedInNight' : 'dashboard.checkedIn',
            sum((s) => s.checked_in),
          ),
          href: '/riwayat',
          label: text('dashboard.inside'),
          tone: 'inside',
        },
        counter('present', hint('dashboard.of', this.headcount)),
        counter('late'),
        counter('pending'),
        counter('absent'),
        counter('on_leave'),
      ];
    },
    get perBranch() {
      return Object.values(this.summaries)
        .sort((a, b) => a.branch_code.localeCompare(b.branch_code))
        .map((s) => ({
          id: s.branch_id,
          name: s.branch_name,
          headcount: Math.max(s.headcount, 1),
          in: s.checked_in,
          ratio: `${s.checked_in} / ${s.headcount}`,
          review: s.to_review ? text('dashboard.nToReview', { n: s.to_review }) : '',
          late: s.counts.late ? text('dashboard.nLate', { n: s.counts.late }) : '',
          pressed: String(s.branch_id) === this.branch,
        }));
    },
    get pendingHref() {
      return this.counters[3].href;
    },
    get lateHref() {
      return this.counters[2].href;
    },
    get noOverdue() {
      return this.loaded && this.overdue.length === 0;
    },
    get noLate() {
      return this.loaded && this.late.length === 0;
    },
    get chartLabel() {
      if (!this.loaded) return text('ui.loading');
      return this.usually === null
        ? text('dashboard.chartToday', { n: this.arrived })
        : text('dashboard.chartBoth', { n: this.arrived, usual: this.usually });
    },
    get busy() {
      return !this.loaded;
    },
    get emptyFeed() {
      return this.loaded && this.latest.length === 0;
    },
    // line is a punch as the feed shows it.
    line(d) {
      return {
        key: d.last_punch.id,
        name: d.employee_name,
        person: personAt(d.employee_id),
        status: d.status,
        statusText: text(`status.${d.status}`),
        href: `/riwayat?day=${keyOf(d)}`,
        detail: [this.said(d), d.employee_number, d.branch_name].join(' · '),
        time: this.timeIn(d.last_punch.occurred_at, d.zone),
      };
    },
    // otherDate is the date of a day that is not the one that the counters are of: a night that began yesterday.
    otherDate(d) {
      const counted = this.summaries[d.branch_id]?.work_date;
      return counted && counted !== d.work_date ? [longDate(d.work_date)] : [];
    },
    said(d) {
      const direction = text(`direction.${d.last_punch.direction}`);
      return endsNothing(d) ? text('dashboard.endsNothing', { direction }) : direction;
    },
    // Only the socket tells who is watching.
    get watchers() {
      return connection.state.name === 'live' && this.people
        ? Object.entries(this.people).map(([id, m]) => ({ id, name: m.name }))
        : [];
    },
    get watcherCount() {
      return this.watchers.length || '–';
    },
  });
});
