import { clockTime, duration, language, longDate, shortDate, text } from '../language.js';
import { device } from '../device.js';
import { get, Problem, request } from '../http.js';
import { keptLines } from '../kept.js';
import { connection, follow } from '../live.js';
import { lastOf, moveMonth } from '../month.js';
import { totalRows, weekdays, weekRows } from '../month_rows.js';
import { consent, consented, permission, position } from '../position.js';
import { deviceStore, PunchQueue } from '../queue.js';
import { placeNow, withPlace } from '../recorded.js';
import { confirm, mean, quick, undoable } from '../second_thoughts.js';
import { learnTime, serverNow, session, start } from '../start.js';
import { turns } from '../turns.js';
import { ask, toast } from '../ui.js';
import { voided, why } from '../why.js';
import { summary } from '../request_line.js';
import { uuid } from '../uuid.js';

/** @typedef {import('../api').Answer<'GET', '/api/me/today'>} Today */
/** @typedef {import('../api').Item<'/api/attendances'>} Day */
/** @typedef {import('../api').Item<'/api/notifications'>} Reminder */
/** @typedef {import('../api').Item<'/api/leave-requests'> | import('../api').Item<'/api/corrections'>} Asked */

const tryEvery = 10_000; // milliseconds between attempts while something waits
const trustFor = 30 * 60_000; // milliseconds for which a remembered button is shown without its window
const restFor = 10_000; // milliseconds in which a second tap counts as the same

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
  const turn = { today: turns(), month: turns(), requests: turns(), reminders: turns() };
  let timer = 0;
  let resting = 0;
  let again = null;

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
      again = follow({
        channels: [`employee.${session.user.employee_id}`],
        read: () => this.refresh(), // also an admin is a person here
        on: {
          'attendance.recorded': () => this.renew(this.load()),
          'request.changed': () => this.renew(this.loadRequests()),
          'notification.added': (n) => this.remind(n),
        },
      });
      this.deliver();
    },
    // refresh takes everything that events tell of, and sends what waits if the server is back. It rejects if a part
    // could not be read, so that the header does not call the page live over it.
    async refresh() {
      const today = await Promise.allSettled([this.load()]);
      if (this.unreachable) throw new Problem(0, 'network', '');
      const rest = await Promise.allSettled([this.loadRequests(), this.loadReminders()]);
      if (this.waiting.some((e) => e.state === 'waiting')) this.deliver();
      for (const part of [...today, ...rest]) if (part.status === 'rejected') throw part.reason;
    },
    // renew waits for the reading of a part. If it fails the page reads everything, until that succeeds.
    async renew(reading) {
      try {
        await reading;
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        again();
      }
    },
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
    async load() {
      const isNews = turn.today();
      try {
        const { data, headers } = await request('GET', '/api/me/today');
        if (!isNews()) return;
        this.known = headers.has('X-Hadir-Cached');
        if (!this.known) learnTime(data.now);
        this.today = data;
        this.month ||= data.button.work_date.slice(0, 7);
        if (this.locationNeeded && !this.mayLocate)
          permission((state) => {
            this.mayLocate = state;
          });
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (isNews()) {
          if (!problem.again) this.say('error', problem.message);
          this.known = true;
        }
        throw problem;
      }
      await this.loadMonth();
    },
    async loadMonth() {
      const month = this.month;
      const isNews = turn.month();
      try {
        const own = session.user.role === 'employee' ? '' : session.user.employee_id;
        const query = { limit: 40, from: `${month}-01`, to: lastOf(month), employee: own };
        const page = await get('/api/attendances', { query });
        if (month !== this.month || !isNews()) return;
        this.days = page.items;
        this.monthError = '';
      } catch (problem) {
        if (month === this.month) this.monthError = problem.message;
        throw problem;
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
        const soon = quick(direction, this.today?.punches ?? [], this.last, serverNow());
        if (!(await mean(direction, this.today, soon, serverNow()))) return;
        const tappedAt = serverNow();
        const { fix, why: missing } = this.sharesLocation ? await position() : {};
        if (!fix && this.locationNeeded) {
          this.unplaced(missing);
          return;
        } // the server would refuse it
        const { id: user, employee_id: employee } = session.user;
        const body = { ...fix, ...(soon ? { confirm: true } : {}), device_id: device.id };
        const entry = { key: uuid(), user, employee, direction, tappedAt, body };
        await queue.add(entry);
        await this.deliver(entry.key);
        const kept = this.waiting.find((e) => e.key === entry.key);
        if (kept?.state === 'asked' && !(await this.settle(kept, () => ({ tappedAt: serverNow() })))) return;
        if (kept?.state !== 'refused') this.last = { direction, at: tappedAt };
        this.rest();
      } finally {
        this.busy = false;
      }
    },
    rest() {
      clearTimeout(resting);
      this.resting = true;
      resting = setTimeout(() => {
        this.resting = false;
      }, restFor);
    },
    // settle asks about an entry that the server wants confirmed, and drops it if it is not meant. It resolves to
    // whether it is.
    async settle(entry, more) {
      const meant = await confirm(entry, this.today?.zone);
      if (meant) {
        await queue.confirm(entry.key, more?.());
        await this.deliver(entry.key);
      } else {
        await queue.remove(entry.key);
        this.waiting = await queue.list(session.user.id);
      }
      return meant;
    },
    confirmKept(event) {
      const entry = this.waiting.find((e) => e.key === event.currentTarget.dataset.key);
      return entry && this.settle(entry);
    },
    // undo takes the last punch back.
    async undo() {
      const punch = this.undoable;
      if (!punch || this.busy) return;
      this.busy = true;
      try {
        await request('POST', '/api/me/punches/{id}/undo', { path: { id: punch.id }, user: session.user.id });
        this.last = null;
        this.resting = false;
        this.say('info', text('home.undone', { punch: text(`direction.${punch.direction}`) }));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.say('error', problem.message);
      } finally {
        this.busy = false;
      }
      await this.renew(this.load());
    },
    async deliver(mine = '') {
      clearTimeout(timer);
      for (;;) {
        const done = await queue.drain(session.user);
        const sent = done.filter((d) => d.outcome === 'sent');
        for (const { entry, outcome, answer } of done) {
          if (outcome === 'sent') this.tell(entry, answer);
          if (outcome === 'refused' && entry.key === mine) this.say('error', answer.reason);
          if (outcome === 'asked' && entry.key !== mine) this.say('info', text('home.askedLater'));
          // Too many entries wait for their turn; the network is fine.
          if (outcome === 'waiting' && entry.key === mine)
            this.say('info', answer.code === 'too_many_punches' ? answer.reason : text('home.kept'));
        }
        if (sent.length > 0) this.renew(this.load());
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
        // This helps where browsers have it.
        navigator.serviceWorker?.ready.then((r) => /** @type {any} */ (r).sync?.register('punches')).catch(() => {});
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
      const recorded = text(answer.replayed ? 'home.replayed' : `home.recorded.${entry.direction}`, { time: at });
      this.say('good', withPlace(recorded, answer.data?.punch, this.today?.policy));
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
    // allowLocation lets the browser ask before the first tap, since a tap without a position would be refused.
    async allowLocation() {
      if (this.busy) return;
      this.busy = true;
      this.message = '';
      const { fix, why: missing } = await position();
      this.busy = false;
      if (!fix) {
        this.unplaced(missing);
        return;
      }
      this.mayLocate = 'granted';
      if (this.locationNeeded) this.say('info', placeNow(fix, this.today?.sites ?? []));
    },
    unplaced(missing) {
      if (missing !== 'unavailable') this.mayLocate = missing;
      this.say('error', text(`home.place.${missing}`));
    },
    before() {
      this.month = moveMonth(this.month, -1);
      this.days = [];
      this.renew(this.loadMonth());
    },
    after() {
      this.month = moveMonth(this.month, 1);
      this.days = [];
      this.renew(this.loadMonth());
    },

    get ready() {
      return this.today !== null;
    },
    // The button appears as soon as its action is known, or known to be unknown. Everything below and beside it appears
    // at once, so that nothing moves under a thumb.
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
    // Without the server nobody knows what the button does after the window that it was decided for. Both buttons are
    // offered then. Within the window the last answer still holds.
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
    get undoable() {
      this.tick;
      return this.unreachable ? null : undoable(this.today?.punches ?? [], serverNow());
    },
    get mayUndo() {
      return this.undoable !== null;
    },
    get undoText() {
      return this.undoable ? text('home.undo', { punch: text(`direction.${this.undoable.direction}`) }) : '';
    },
    get hasWaiting() {
      return this.waiting.length > 0;
    },
    get kept() {
      return keptLines(this.waiting, this.today?.zone);
    },
    get noPunches() {
      return this.today?.punches.length === 0;
    },
    get punches() {
      return (this.today?.punches ?? []).map((p) => {
        const direction = text(`direction.${p.direction}`);
        return {
          id: p.id,
          voided: Boolean(p.voided),
          label: p.duplicate_of ? text('punch.repeatOf', { direction }) : direction,
          time: clockTime(p.occurred_at, p.zone, true),
          offline: p.voided ? voided(p.voided) : p.offline ? text('home.offlineMark') : '',
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
      return weekdays();
    },
    get weeks() {
      return this.month ? weekRows(this.month, this.days, this.today?.button.work_date) : [];
    },
    get totals() {
      return totalRows(this.days);
    },
  };
});
