import { remarkText, signOf } from '../remarks.js';
import { clockTime, dayOf, duration, language, longDate, shortDate, text } from '../language.js';
import { get, Problem, request, uuid } from '../http.js';
import { connection, follow } from '../live.js';
import { lastOf, moveMonth, totals, weeksOf } from '../month.js';
import { consent, consented, permission, position } from '../position.js';
import { deviceStore, PunchQueue } from '../queue.js';
import { learnTime, serverNow, session, start } from '../start.js';
import { ask, toast } from '../ui.js';
import { why } from '../why.js';
import { summary } from '../request_line.js';

/** @typedef {import('../api').Answer<'GET', '/api/me/today'>} Today */
/** @typedef {import('../api').Item<'/api/attendances'>} Day */
/** @typedef {import('../api').Item<'/api/notifications'>} Reminder */
/** @typedef {import('../api').Item<'/api/leave-requests'> | import('../api').Item<'/api/corrections'>} Asked */

const tryEvery = 10_000; // milliseconds between attempts while something waits
const trustFor = 30 * 60_000; // milliseconds for which a remembered button is believed without its window
const quickWithin = 60_000; // milliseconds in which the other direction is hardly meant, as the server holds it
const restFor = 3_000; // milliseconds in which a second tap is the same finger

async function send({ path, key, user, body }) {
  try {
    const { data, status, headers } = await request('POST', path, { body, user, headers: { 'Idempotency-Key': key } });
    return { status, data, replayed: headers.has('Idempotent-Replayed') };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return { status: problem.status, code: problem.code, reason: problem.message };
  }
}

start('beranda', () => {
  const queue = new PunchQueue({ store: deviceStore(), send, now: serverNow });
  let timer = 0;

  return {
    text,
    today: /** @type {Today | null} */ (null),
    known: false,
    tick: 0,
    busy: false,
    resting: false,
    last: /** @type {{direction: string, at: number} | null} */ (null),
    message: '',
    messageKind: 'info',
    withLocation: consented(session.user.id),
    mayLocate: '',
    waiting: /** @type {import('../queue').Entry[]} */ ([]),
    month: '',
    days: /** @type {Day[]} */ ([]),
    monthError: '',
    asked: /** @type {Asked[] | null} */ (null),
    reminders: /** @type {Reminder[]} */ ([]),
    tried: { month: false, requests: false, reminders: false },

    init() {
      setInterval(() => {
        this.tick += 1;
      }, 1000);
      addEventListener('online', () => this.deliver());
      document.addEventListener('visibilitychange', () => {
        if (!document.hidden) this.deliver();
      });
      follow({
        channels: [`employee.${session.user.employee_id}`],
        read: () => this.refresh(), // also an admin is a person here
        on: {
          'attendance.recorded': () => this.load(),
          'request.changed': () => this.loadRequests(),
          'notification.added': (n) => this.remind(n),
        },
      });
      this.deliver();
    },
    // refresh takes everything that events tell of, and sends what waits if the server is back.
    async refresh() {
      await this.load();
      if (this.unreachable) throw new Problem(0, 'network', '');
      await Promise.all([this.loadRequests(), this.loadReminders()]);
      if (this.waiting.some((e) => e.state === 'waiting')) this.deliver();
    },
    async loadReminders() {
      try {
        this.reminders = (await get('/api/notifications', { query: { unread: true, limit: 5 } })).items;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
      } finally {
        this.tried.reminders = true;
      }
    },
    remind(n) {
      this.reminders = [n, ...this.reminders.filter((r) => r.id !== n.id)].slice(0, 5);
      toast('info', text(`home.remind.${n.kind}`, { time: clockTime(n.due_at, n.zone) }));
    },
    async read() {
      this.reminders = [];
      try {
        await request('POST', '/api/notifications/read');
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.loadReminders();
      }
    },
    async loadRequests() {
      const query = { limit: 5, employee: session.user.employee_id };
      try {
        const [leave, corrections] = await Promise.all([
          get('/api/leave-requests', { query }),
          get('/api/corrections', { query }),
        ]);
        this.asked = [...leave.items, ...corrections.items]
          .sort((a, b) => Date.parse(b.requested_at) - Date.parse(a.requested_at))
          .slice(0, 5);
      } catch (problem) {
        // the page does without
        if (!(problem instanceof Problem)) throw problem;
      } finally {
        this.tried.requests = true;
      }
    },
    async load() {
      try {
        const { data, headers } = await request('GET', '/api/me/today');
        this.known = headers.has('X-Hadir-Cached');
        if (!this.known) learnTime(data.now);
        this.today = data;
        this.month ||= data.button.work_date.slice(0, 7);
        if (this.locationNeeded && !this.mayLocate)
          permission((state) => {
            this.mayLocate = state;
          });
        await this.loadMonth();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (!problem.again) this.say('error', problem.message);
        this.known = true;
      }
    },
    async loadMonth() {
      const month = this.month;
      try {
        const own = session.user.role === 'employee' ? '' : session.user.employee_id;
        const query = { limit: 40, from: `${month}-01`, to: lastOf(month), employee: own };
        const page = await get('/api/attendances', { query });
        if (month !== this.month) return;
        this.days = page.items;
        this.monthError = '';
      } catch (problem) {
        if (month === this.month) this.monthError = problem.message;
      } finally {
        this.tried.month = true;
      }
    },
    say(kind, message) {
      this.messageKind = kind;
      this.message = message;
    },

    // punch stores the tap first; what comes after it may be interrupted anywhere.
    async punch(event) {
      if (this.busy) return;
      this.busy = true;
      this.message = '';
      const asked = event.currentTarget.dataset.direction;
      const direction = asked || (this.action === 'check_in' ? 'in' : 'out');
      try {
        if (!(await this.meant(direction))) return;
        const tappedAt = serverNow();
        const { fix, why: missing } = this.sharesLocation ? await position() : {};
        if (!fix && this.locationNeeded) {
          this.unplaced(missing);
          return;
        } // the server would refuse it
        const { id: user, employee_id: employee } = session.user;
        const entry = { key: uuid(), user, employee, direction, tappedAt, body: fix ?? {} };
        await queue.add(entry);
        await this.deliver(entry.key);
        if (!this.waiting.some((e) => e.key === entry.key && e.state === 'refused'))
          this.last = { direction, at: tappedAt };
        this.resting = true;
        setTimeout(() => {
          this.resting = false;
        }, restFor);
      } finally {
        this.busy = false;
      }
    },
    // meant asks whoever taps the other direction right after a tap, or after a terminal saw them.
    async meant(direction) {
      const seen = (this.today?.punches ?? []).filter(
        (p) => !p.duplicate_of && !p.voided && ['in', 'out'].includes(p.direction),
      );
      const known = seen.map((p) => ({ direction: p.direction, at: Date.parse(p.occurred_at) }));
      if (this.last) known.push(this.last);
      const last = known.sort((a, b) => a.at - b.at).at(-1);
      const ago = last ? serverNow() - last.at : Infinity;
      if (!last || last.direction === direction || ago < 0 || ago > quickWithin) return true;
      return ask({
        title: text(`home.quick.${direction}`, { n: Math.round(ago / 1000) }),
        text: text(`home.quickWhy.${direction}`),
        yes: text(direction === 'in' ? 'home.action.check_in' : 'home.action.check_out'),
      });
    },
    async deliver(mine = '') {
      clearTimeout(timer);
      for (;;) {
        const done = await queue.drain(session.user);
        const sent = done.filter((d) => d.outcome === 'sent');
        for (const { entry, outcome, answer } of done) {
          if (outcome === 'sent') this.tell(entry, answer);
          if (outcome === 'refused' && entry.key === mine) this.say('error', answer.reason);
          if (outcome === 'waiting' && entry.key === mine) this.say('info', text('home.kept'));
        }
        if (sent.length > 0) this.load();
        this.waiting = await queue.list(session.user.id);
        // A tap that came while others were being sent is sent now.
        if (
          mine &&
          !done.some((d) => d.entry.key === mine) &&
          this.waiting.some((e) => e.key === mine && e.state === 'waiting') &&
          done.every((d) => d.outcome !== 'waiting')
        )
          continue;
        break;
      }
      if (this.waiting.some((e) => e.state === 'waiting')) {
        timer = setTimeout(() => this.deliver(), tryEvery);
        navigator.serviceWorker?.ready.then((r) => /** @type {any} */ (r).sync?.register('punches')).catch(() => {}); // a help where browsers have it
      }
    },
    tell(entry, answer) {
      const at = answer.data?.punch
        ? clockTime(answer.data.punch.occurred_at, answer.data.punch.zone)
        : clockTime(entry.tappedAt, this.today?.zone);
      const day = answer.data?.day;
      if (entry.direction === 'out' && !answer.replayed && day?.flags.includes('quick_out') && !day.last_out) {
        this.say('info', text('home.recorded.quick', { time: at }));
        return;
      }
      this.say('good', text(answer.replayed ? 'home.replayed' : `home.recorded.${entry.direction}`, { time: at }));
    },
    async forget(event) {
      const { key } = event.currentTarget.dataset;
      if (
        !(await ask({
          title: text('home.forgetTitle'),
          text: text('home.forgetText'),
          yes: text('ui.delete'),
          danger: true,
        }))
      )
        return;
      await queue.remove(key);
      this.waiting = await queue.list(session.user.id);
    },
    toggleLocation() {
      this.withLocation = !this.withLocation;
      consent(session.user.id, this.withLocation);
    },
    // allowLocation lets the browser ask before the first tap, where a tap without a position would be refused.
    async allowLocation() {
      if (this.busy) return;
      this.busy = true;
      this.message = '';
      const { fix, why: missing } = await position();
      this.busy = false;
      if (fix) this.mayLocate = 'granted';
      else this.unplaced(missing);
    },
    unplaced(missing) {
      if (missing !== 'unavailable') this.mayLocate = missing;
      this.say('error', text(`home.place.${missing}`));
    },
    before() {
      this.month = moveMonth(this.month, -1);
      this.days = [];
      this.loadMonth();
    },
    after() {
      this.month = moveMonth(this.month, 1);
      this.days = [];
      this.loadMonth();
    },

    get ready() {
      return this.today !== null;
    },
    // The button is there as soon as it is known what it does, or that nobody can tell; what stands below and beside it
    // comes all at once, so that nothing moves under a thumb.
    get decided() {
      return this.ready || this.known;
    },
    get unknown() {
      return !this.decided;
    },
    get complete() {
      return this.known || (this.tried.month && this.tried.requests && this.tried.reminders);
    },
    get incomplete() {
      return !this.complete;
    },
    get notReady() {
      return this.busy || this.resting || !this.ready;
    },
    get unready() {
      return this.busy || this.resting;
    },
    get again() {
      return this.sure && this.action === 'done';
    },
    get greeting() {
      return text('home.greeting', { name: session.employee?.name ?? session.user.name });
    },
    get zone() {
      language.state.now;
      return this.today
        ? new Intl.DateTimeFormat('id', { timeZone: this.today.zone, timeZoneName: 'short' })
            .formatToParts(new Date())
            .find((p) => p.type === 'timeZoneName')?.value
        : '';
    },
    get clock() {
      this.tick;
      return this.today ? clockTime(serverNow(), this.today.zone, true) : '';
    },
    get dateText() {
      return this.today ? longDate(this.today.button.work_date) : '';
    },
    get shiftText() {
      const shift = this.today?.shift;
      return shift
        ? text('home.shift', { name: shift.name, start: shift.start, end: shift.end })
        : text('home.noShift');
    },
    get unreachable() {
      this.tick;
      return this.known || connection.state.name === 'offline' || !navigator.onLine;
    },
    // Without the server nobody knows what the button does once the window that it decided for is over: then both are
    // offered. What it said a moment ago still holds.
    get unsure() {
      this.tick;
      if (!this.unreachable) return false;
      if (!this.today) return true;
      return (
        serverNow() >
        Math.max(
          Date.parse(this.today.now) + trustFor,
          this.today.day.window_closes ? Date.parse(this.today.day.window_closes) : 0,
        )
      );
    },
    get sure() {
      return !this.unsure;
    },
    get action() {
      const last = this.waiting.filter((e) => e.state === 'waiting').at(-1);
      if (last) return last.direction === 'in' ? 'check_out' : 'done';
      return this.today?.button.action ?? 'check_in';
    },
    get buttonText() {
      return this.busy ? text('home.sending') : text(`home.action.${this.action}`);
    },
    get offShift() {
      return this.sure && Boolean(this.today?.button.off_shift);
    },
    get dayText() {
      const day = this.today?.day;
      if (!day || day.version === 0) return '';
      return day.worked_minutes
        ? text('home.worked', { status: text(`status.${day.status}`), worked: duration(day.worked_minutes) })
        : text(`status.${day.status}`);
    },
    get status() {
      return this.today?.day.status ?? 'pending';
    },
    get reasons() {
      return this.today ? why(this.today.why, this.today.zone).filter((r) => r.code !== 'shift') : [];
    },
    get locationNeeded() {
      return this.today?.policy === 'block' && this.today.sites.length > 0;
    },
    get sharesLocation() {
      return this.withLocation || this.locationNeeded;
    },
    get asksLocation() {
      return this.locationNeeded && this.mayLocate !== '' && this.mayLocate !== 'granted';
    },
    get mayAsk() {
      return this.mayLocate === 'prompt';
    },
    get placeText() {
      return text(`home.place.${this.mayLocate || 'prompt'}`);
    },
    get locationWhy() {
      return text(
        this.locationNeeded
          ? 'home.locationNeeded'
          : this.today?.policy === 'flag'
            ? 'home.locationFlag'
            : 'home.locationWhy',
      );
    },
    get hasWaiting() {
      return this.waiting.length > 0;
    },
    get kept() {
      return this.waiting.map((e) => ({
        key: e.key,
        state: e.state,
        refused: e.state === 'refused',
        direction: text(`direction.${e.direction}`),
        reason: e.reason,
        time: `${dayOf(e.tappedAt, this.today?.zone)} ${clockTime(e.tappedAt, this.today?.zone)}`,
        stateText: text(`home.kept.${e.state}`),
      }));
    },
    get noPunches() {
      return this.today?.punches.length === 0;
    },
    get punches() {
      return (this.today?.punches ?? []).map((p) => {
        const direction = text(`direction.${p.direction}`);
        return {
          id: p.id,
          label: p.duplicate_of ? text('punch.repeatOf', { direction }) : direction,
          time: clockTime(p.occurred_at, p.zone, true),
          offline: p.voided ? text('punch.voided') : p.offline ? text('home.offlineMark') : '',
        };
      });
    },

    get hasReminders() {
      return this.reminders.length > 0;
    },
    get reminderLines() {
      return this.reminders.map((n) => ({
        id: n.id,
        sentence: `${shortDate(n.work_date)}: ${text(`home.remind.${n.kind}`, { time: clockTime(n.due_at, n.zone) })}`,
      }));
    },
    get noRequests() {
      return this.asked?.length === 0;
    },
    get requests() {
      return (this.asked ?? []).map((q) => summary(q));
    },

    get monthText() {
      return this.month ? longDate(`${this.month}-01`, { month: 'long', year: 'numeric' }) : '';
    },
    get nextHidden() {
      return !this.today || this.month >= this.today.button.work_date.slice(0, 7);
    },
    get weekdays() {
      return weeksOf('2027-02')[0].map((d) => ({
        key: d,
        short: longDate(d, { weekday: 'narrow' }),
        long: longDate(d, { weekday: 'long' }),
      }));
    },
    get weeks() {
      if (!this.month) return [];
      const known = new Map(this.days.map((d) => [d.work_date, d]));
      const today = this.today?.button.work_date;
      return weeksOf(this.month).map((dates, i) => ({
        key: `${this.month}/${i}`,
        cells: dates.map((date, j) => {
          const day = known.get(date);
          const name = date ? longDate(date, { weekday: 'long', day: 'numeric', month: 'long' }) : '';
          return {
            key: date || `${i}-${j}`,
            number: date ? String(Number(date.slice(8))) : '',
            status: day?.status ?? '',
            letter: day ? signOf(day) : '',
            href: day ? `/riwayat?day=${day.employee_id}/${date}#riwayat` : false,
            today: date !== '' && date === today,
            label: day
              ? `${name}: ${[text(`status.${day.status}`), remarkText(day)].filter(Boolean).join(', ')}`
              : name,
          };
        }),
      }));
    },
    get totals() {
      const t = totals(this.days);
      return [
        ...['present', 'late', 'half_day', 'incomplete', 'absent', 'on_leave', 'holiday']
          .filter((s) => t.counts[s])
          .map((s) => ({
            key: s,
            status: s,
            letter: text(`short.${s}`),
            label: text(`status.${s}`),
            value: text('home.days', { n: t.counts[s] }),
          })),
        { key: 'worked', status: '', letter: '', label: text('day.worked'), value: t.worked },
        { key: 'minutes', status: '', letter: '', label: text('day.late'), value: text('day.minutes', { n: t.late }) },
        { key: 'overtime', status: '', letter: '', label: text('day.overtime'), value: t.overtime },
      ];
    },
  };
});
