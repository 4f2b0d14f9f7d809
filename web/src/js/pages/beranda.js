import { clockTime, dayOf, duration, language, longDate, text } from '../language.js';
import { learnContact } from '../contact.js';
import { Problem, request } from '../http.js';
import { compose } from '../list.js';
import { connection, follow } from '../live.js';
import { monthDays } from '../month_days.js';
import { ownNews } from '../own_news.js';
import { punching } from '../punching.js';
import { span } from '../shifts.js';
import { learnTime, serverNow, session, start } from '../start.js';
import { turns } from '../turns.js';
import { voided, why } from '../why.js';

/** @typedef {import('../api').Answer<'GET', '/api/me/today'>} Today */

const shownClaims = 4; // that wait; Koreksi shows all of them
const trustFor = 30 * 60_000; // milliseconds for which a remembered button is shown without its window

// momentOf is when a claimed punch was, with its date where that is not today's.
function momentOf(q) {
  const time = clockTime(q.occurred_at, q.zone);
  const date = dayOf(q.occurred_at, q.zone);
  return date === dayOf(serverNow(), q.zone) ? time : `${date} ${time}`;
}

start('beranda', () => {
  const turn = turns(); // of reading today
  let again = null;

  return compose(compose(compose(punching(), monthDays()), ownNews()), {
    text,
    today: /** @type {Today | null} */ (null),
    known: false,
    tick: 0,

    init() {
      setInterval(() => {
        this.tick += 1;
      }, 1000);
      again = follow({
        channels: [`employee.${session.user.employee_id}`],
        read: () => this.refresh(), // also an admin is a person here
        on: {
          'attendance.recorded': () => this.renew(this.load()),
          'request.changed': () => this.renew(Promise.all([this.load(), this.loadRequests()])),
          'notification.added': (n) => this.remind(n),
        },
      });
      this.beginPunching();
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
    async load() {
      const isNews = turn();
      try {
        const { data, headers } = await request('GET', '/api/me/today');
        if (!isNews()) return;
        this.known = headers.has('X-Hadir-Cached');
        if (!this.known) {
          learnTime(data.now);
          learnContact(session.user.id, data.contact);
        }
        this.today = data;
        this.month ||= data.button.work_date.slice(0, 7);
        this.askPermission();
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

    get ready() {
      return this.today !== null;
    },
    get monthOf() {
      return session.user.role === 'employee' ? '' : session.user.employee_id;
    },
    get monthToday() {
      return this.today?.button.work_date ?? '';
    },
    // The button appears as soon as its action is known, or known to be unknown, and whether a request for the location
    // stands above it. Everything below and beside it appears at once, and after it, so that nothing moves under a
    // thumb.
    get decided() {
      return (this.ready && (!this.locationNeeded || this.mayLocate !== '')) || this.known;
    },
    get unknown() {
      return !this.decided;
    },
    get complete() {
      return (
        this.known || (this.decided && this.monthTried && this.tried.requests && this.tried.reminders && this.newsTried)
      );
    },
    get incomplete() {
      return this.decided && !this.complete;
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
      return shift ? text('home.shift', { name: shift.name, times: span(shift) }) : text('home.noShift');
    },
    // What becomes of a tap without network is the branch's policy.
    get offlineText() {
      const policy = this.today?.offline_policy;
      if (policy === 'off') return text('home.offline.off');
      return text(policy === 'approval' ? 'home.offline.approval' : 'home.offline');
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
    // claims are punches that devices kept and that wait for a decision, also after the page was opened anew.
    get claims() {
      return (this.today?.waiting ?? []).slice(0, shownClaims).map((q) => ({
        id: q.id,
        sentence: text('home.claimPending', { punch: text(`direction.${q.direction}`), time: momentOf(q) }),
      }));
    },
    get hasClaims() {
      return this.claims.length > 0;
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
  });
});
