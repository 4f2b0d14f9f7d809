import { clockTime, clockTimeHere, dayOf, duration, text } from '../language.js';
import { day, initials } from '../employees.js';
import { get } from '../http.js';
import { byMonth, legend, monthNames, squares } from '../heat_map.js';
import { Insistence } from '../insistence.js';
import { compose, none } from '../list.js';
import { ago } from '../moments.js';
import { monthDays } from '../month_days.js';
import { admin } from '../nav.js';
import { lateBy } from '../remarks.js';
import { summary } from '../request_line.js';
import { row } from '../rows.js';
import { standing } from '../standing.js';
import { serverNow, session, start } from '../start.js';

/** @typedef {import('../api').Answer<'GET', '/api/employees/{id}/year'>} Year */
/** @typedef {import('../api').Answer<'GET', '/api/users/{id}'>} User */
/** @typedef {import('../api').Item<'/api/leave-requests'>} Request */

const asked = 20; // requests of each kind that are read
const shownRequests = 8;

start('orang', () => {
  const id = Number(location.pathname.split('/').at(-1));
  const insistence = new Insistence();

  return compose(compose(standing(), monthDays()), {
    text,
    year: /** @type {Year} */ (none),
    requests: /** @type {Request[]} */ ([]),
    users: /** @type {User[]} */ ([]),
    problem: '',
    loaded: false,

    init() {
      this.load();
    },
    load() {
      return insistence.try(() => this.read());
    },
    // read fetches the year first, which says whether there is more to ask for. The page is drawn once all of it is
    // there, so that nothing moves.
    async read() {
      try {
        const year = await get('/api/employees/{id}/year', { path: { id } });
        this.month ||= year.to.slice(0, 7);
        this.year = year;
        const parts = [this.loadMonth(), this.loadRequests(), year.here ? this.loadDetail() : null];
        for (const part of await Promise.allSettled(parts)) if (part.status === 'rejected') throw part.reason;
        this.problem = '';
      } catch (problem) {
        this.problem = problem.status === 404 ? text('person.missing') : problem.message;
        throw problem;
      } finally {
        if (!this.loaded && this.year) this.$nextTick(() => this.toToday());
        this.loaded = this.year !== null;
      }
    },
    async loadDetail() {
      const [one, { items: shifts }] = await Promise.all([
        get('/api/employees/{id}', { path: { id } }),
        this.shifts.length > 0 ? { items: this.shifts } : get('/api/shifts'),
      ]);
      Object.assign(this, { one, shifts });
      if (!admin(session.user)) return; // who signed in when is theirs to see
      this.users = await Promise.all((one.accounts ?? []).map((a) => get('/api/users/{id}', { path: { id: a.id } })));
    },
    // loadRequests shows what waits first, then the newest.
    async loadRequests() {
      const query = { employee: [id], limit: asked };
      const [leaves, corrections] = await Promise.all([
        get('/api/leave-requests', { query }),
        get('/api/corrections', { query }),
      ]);
      const waits = (q) => Number(q.state === 'pending');
      this.requests = [...leaves.items, ...corrections.items]
        .sort((a, b) => waits(b) - waits(a) || Date.parse(b.requested_at) - Date.parse(a.requested_at))
        .slice(0, shownRequests);
    },
    // renew waits for the reading of a part, which says itself what went wrong.
    renew(reading) {
      return insistence.try(() => reading);
    },
    // toToday moves the map to its end, which is what somebody looks for first.
    toToday() {
      const { map } = this.$refs;
      if (map) map.scrollLeft = map.scrollWidth;
    },
    // pick shows the month of the square that was pressed. The buttons of the month do the same.
    pick(event) {
      const { date } = event.target.dataset;
      if (!date || date.startsWith(this.month)) return;
      Object.assign(this, { month: date.slice(0, 7), days: [] });
      this.renew(this.loadMonth());
    },

    get monthOf() {
      return id;
    },
    get monthToday() {
      return this.year?.to ?? '';
    },
    get fresh() {
      return !this.loaded && !this.problem;
    },
    get known() {
      return this.one !== null;
    },
    get away() {
      return this.loaded && !this.year.here;
    },
    get partly() {
      return this.loaded && this.year.here && this.year.partly;
    },
    get name() {
      return this.year?.employee_name ?? '';
    },
    get initials() {
      return initials(this.name);
    },
    get subtitle() {
      const { position, department, branch_id: branch } = this.one ?? {};
      return [this.year?.employee_number, position, department, branch && this.branchName(branch)]
        .filter(Boolean)
        .join(' · ');
    },
    get state() {
      return this.one?.status === 'active' ? 'present' : 'pending';
    },
    get stateText() {
      return this.one ? text(`employees.status.${this.isForgotten ? 'forgotten' : this.one.status}`) : '';
    },
    get employed() {
      const { hired_on: hired, left_on: left } = this.one ?? {};
      return [hired && text('person.hired', { date: day(hired) }), left && text('employees.left', { date: day(left) })]
        .filter(Boolean)
        .join(' · ');
    },
    get editHref() {
      return `/karyawan?q=${encodeURIComponent(this.year?.employee_number ?? '')}&status=all`;
    },
    get historyHref() {
      return `/riwayat?employee=${id}#riwayat`;
    },

    get squares() {
      return this.year ? squares(this.year) : [];
    },
    get monthNames() {
      return this.year ? monthNames(this.year) : [];
    },
    get legend() {
      return this.year ? legend(this.year) : [];
    },
    get byMonth() {
      return this.year ? byMonth(this.year) : [];
    },
    get noDays() {
      return this.loaded && this.year.days.length === 0;
    },
    get mapText() {
      return this.year ? text('person.mapOf', { from: day(this.year.from), to: day(this.year.to) }) : '';
    },

    get dayRows() {
      return this.days.map((d) => ({
        ...row(d),
        href: `/riwayat?day=${d.employee_id}/${d.work_date}#riwayat`,
        late: lateBy(d),
        overtime: duration(d.overtime_minutes),
      }));
    },
    get hasMonth() {
      return this.days.length > 0;
    },
    get noMonth() {
      return this.monthTried && !this.monthError && this.days.length === 0;
    },

    get leave() {
      return (this.year?.leave ?? []).map(({ kind, days }) => ({
        key: kind,
        label: text(`request.kind.${kind}`),
        value: text('day.days', { n: days }),
      }));
    },
    get leaveTitle() {
      return text('person.leave', { year: this.year?.to.slice(0, 4) ?? '' });
    },
    get requestRows() {
      return this.requests.map((q) => {
        const when = (at) => dayOf(at, q.zone, { day: 'numeric', month: 'short', year: 'numeric' });
        const line = summary(q);
        return {
          ...line,
          href: `${line.href}?state=${['pending', 'approved', 'refused'].includes(q.state) ? q.state : ''}`,
          reason: q.reason,
          decided: q.decided_at
            ? [text('person.decided', { when: when(q.decided_at) }), q.decided_by_name, q.decision_note]
                .filter(Boolean)
                .join(' · ')
            : text('person.asked', { when: `${when(q.requested_at)} ${clockTimeHere(q.requested_at, q.zone)}` }),
        };
      });
    },
    get noRequests() {
      return this.loaded && this.requests.length === 0;
    },

    get means() {
      return (this.year?.means ?? []).map((m) => ({
        key: `${m.source}/${m.device ?? ''}`,
        name: [text(`source.${m.source}`), m.device].filter(Boolean).join(' · '),
        used: text('person.used', {
          n: m.punches,
          when: `${dayOf(m.last_at, this.zone)} ${clockTime(m.last_at, this.zone)}`,
        }),
      }));
    },
    get noMeans() {
      return this.loaded && this.means.length === 0;
    },
    get pinText() {
      return text(this.one?.has_pin ? 'employees.pinThere' : 'employees.pinNone');
    },
    get cardText() {
      return this.one?.card ? text('employees.cardIs', { card: this.one.card }) : text('employees.cardNone');
    },
    get accounts() {
      return (this.one?.accounts ?? []).map((a) => {
        const user = this.users.find((u) => u.id === a.id);
        const last = user && (ago(user.signed_in_at, serverNow()) || text('person.neverSignedIn'));
        return {
          key: a.id,
          login: a.login,
          href: admin(session.user) ? `/pengguna?q=${encodeURIComponent(a.login)}` : false,
          role: text(`users.role.${a.role}`),
          mark: a.disabled ? 'absent' : 'present',
          state: text(a.disabled ? 'person.disabled' : 'person.enabled'),
          last: last ? text('person.signedIn', { when: last }) : '',
        };
      });
    },
    get noAccount() {
      return this.known && this.accounts.length === 0;
    },
  });
});
