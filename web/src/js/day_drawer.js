import { clockTime, duration, foreignZone, longDate, text } from './language.js';
import { get, Problem, request, send } from './http.js';
import { compose, none } from './list.js';
import { lacks, planned, proposed } from './day_fix.js';
import { keyOf } from './days.js';
import { equalTimes } from './equal_times.js';
import { admins, personAt } from './nav.js';
import { earlyBy, lateBy, remarkText } from './remarks.js';
import { serverNow, session } from './start.js';
import { punchLine, timeline, why } from './why.js';
import { element, filled, focusLost, focusShown, form, required, toast } from './ui.js';

/** @typedef {import('./api').Answer<'GET', '/api/attendances/{employee_id}/{date}'>} Detail */

const blank = { direction: 'in', time: '', next_day: false, repeated: '', reason: '' };
const wellFormed = /^\d+\/\d{4}-\d\d-\d\d$/;
const nobody = { name: '', person: false, sub: '', date: '', status: '', statusText: '', remarks: '', facts: [] };

/**
 * save adds the punch that the form says, at once.
 * @this {any}
 */
async function save(values) {
  const { openKey: key, detail } = this;
  const { repeated, reason, ...rest } = values;
  const { employee_id, work_date } = detail.day;
  const body = { employee_id, work_date, ...rest, reason: reason.trim(), version: this.fixVersion };
  if (repeated) Object.assign(body, { repeated });
  let made;
  try {
    made = await send('POST', '/api/corrections/at-once', { body });
  } catch (problem) {
    if (key !== this.openKey) throw problem;
    this.askWhich(problem);
    if (problem.code !== 'stale') throw problem;
    await this.readDetail();
    if (this.detail) Object.assign(this, { fixVersion: this.detail.day.version }); // which the reader sees now
    throw new Problem(problem.status, 'changed', text('fix.changed'));
  }
  if (key === this.openKey) await this.readDetail();
  const left = key === this.openKey ? this.detail?.day : null;
  if (left) this.took(left);
  const more = left && lacks(detail.day) === 'both' && lacks(left) === 'out';
  if (made.punch_id) toast('good', text(more ? 'fix.more' : 'fix.done'));
  else toast('info', text('fix.later'));
  if (more) this.beginFix({ reason });
  else if (left) this.closeFix();
}

/**
 * dayDrawer is the part of a page that shows somebody's day in a drawer, <dialog x-ref="day">, with what may be done
 * about it: a missing punch is added, a wrong one struck out (<dialog x-ref="strike">). The drawer has an address, the
 * page's with day=employee/date, where loading, Back and Forward find it. The component that it becomes part of has
 * address, which brings the page's own address up to date, dayAddress, which is that of a day, manyPeople, and took,
 * which gets a day as a change has left it.
 */
export function dayDrawer() {
  return compose(
    compose(
      form(blank, save, (v) => required(v, ['time', 'reason'])),
      equalTimes(),
    ),
    {
      openKey: '',
      detail: /** @type {Detail} */ (none),
      detailError: '',
      fixing: false,
      fixVersion: 0, // of the day that the reader has seen
      fixBegan: { ...blank }, // what the form began with
      strikeId: 0,
      strikeReason: '',
      strikeWrong: '',
      strikeError: '',
      striking: false,

      // watchDays opens the day of the page's address, and that of the address to which somebody goes forth.
      watchDays() {
        const named = () => new URLSearchParams(location.search).get('day') ?? '';
        const day = named();
        addEventListener('popstate', () => {
          if (history.state?.drawer && !this.openKey) this.show(named());
        });
        for (const name of ['direction', 'time', 'next_day']) this.$watch(`values.${name}`, () => this.unask());
        if (day) this.$nextTick(() => this.show(day));
      },
      open(event) {
        this.show(event.currentTarget.dataset.key);
      },
      /** @this {any} */
      show(key) {
        if (!wellFormed.test(key)) return;
        this.openKey = key;
        this.detail = none;
        this.detailError = '';
        this.fixing = false;
        this.address();
        this.$refs.day.dataset.address = this.dayAddress(key);
        this.$refs.day.showModal();
        this.readDetail();
      },
      async readDetail() {
        const key = this.openKey;
        const [id, date] = key.split('/');
        try {
          const detail = await get('/api/attendances/{employee_id}/{date}', { path: { employee_id: id, date } });
          if (key !== this.openKey || this.detail?.day.version > detail.day.version) return;
          Object.assign(this, { detail, detailError: '' });
          this.renewFix();
        } catch (problem) {
          if (key === this.openKey) this.detailError = problem.status === 404 ? text('day.missing') : problem.message;
        }
      },
      // readBefore adds the earlier punches above the shown ones.
      async readBefore() {
        const { openKey: key, detail } = this;
        try {
          const page = await get('/api/attendances/{employee_id}/{date}/punches', {
            path: { employee_id: String(detail.day.employee_id), date: detail.day.work_date },
            query: { cursor: detail.punches_before, limit: 100 },
          });
          if (detail !== this.detail) return;
          detail.punches = [...page.items.reverse(), ...detail.punches];
          detail.punches_before = page.next_cursor;
        } catch (problem) {
          if (key === this.openKey) this.detailError = problem.message;
        }
      },
      shut() {
        this.$refs.day.close();
      },
      closed() {
        this.openKey = '';
        this.detail = none;
        this.fixing = false;
      },

      fix() {
        this.beginFix();
        focusShown('fix-direction');
      },
      // beginFix fills the form with what is missing. It keeps what is given.
      beginFix(given = {}) {
        const { day } = this.detail;
        this.fixBegan = { ...blank, ...proposed(day, serverNow()), ...given };
        this.fill(this.fixBegan);
        this.unask();
        Object.assign(this, { fixing: true, fixVersion: day.version });
        this.$nextTick(() => element('fix-form').dispatchEvent(new Event(filled, { bubbles: true })));
      },
      closeFix() {
        this.fixing = false;
        this.$nextTick(() => {
          if (focusLost()) element('fix').focus();
        });
      },
      // otherWay puts the planned time of the other direction in the place of one that nobody has changed.
      otherWay() {
        const { time, next_day: next } = this.values;
        if (time !== this.fixBegan.time || next !== this.fixBegan.next_day) return;
        const then = planned(this.detail.day, this.values.direction === 'out' ? 'out' : 'in', serverNow());
        Object.assign(this.values, then);
        Object.assign(this.fixBegan, { time: then.time, next_day: then.next_day });
      },
      // renewFix follows the day: a form that nobody has touched begins anew, any other stays and says so.
      renewFix() {
        if (!this.fixing || this.busy || this.detail.day.version === this.fixVersion) return;
        const { values, fixBegan: began } = this;
        const typed = Object.keys(blank).some((name) => values[name] !== began[name]);
        if (!typed) this.beginFix();
        else Object.assign(this, { fixVersion: this.detail.day.version, error: text('fix.changed') });
      },

      // strike asks why a punch is wrong before it is struck out.
      strike(event) {
        const id = Number(event.currentTarget.dataset.id);
        Object.assign(this, { strikeId: id, strikeReason: '', strikeWrong: '', strikeError: '' });
        this.$refs.strike.showModal();
      },
      spare() {
        this.$refs.strike.close();
      },
      /** @this {any} */
      async struck() {
        if (this.striking) return;
        const reason = this.strikeReason.trim();
        this.strikeWrong = reason ? '' : text('ui.required');
        if (!reason) {
          element('strike-reason').focus();
          return;
        }
        this.striking = true;
        this.strikeError = '';
        const key = this.openKey;
        try {
          const { data } = await request('POST', '/api/punches/{id}/void', {
            path: { id: this.strikeId },
            body: { reason },
          });
          if (key === this.openKey && key === keyOf(data.day)) {
            this.detail = data;
            this.renewFix();
          } else this.readDetail();
          this.took(data.day);
          this.spare();
          toast('good', text('strike.done'));
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem;
          this.strikeError = problem.message;
        } finally {
          this.striking = false;
        }
      },

      get detailReady() {
        return this.detail !== null;
      },
      get detailWaits() {
        return this.detail === null && !this.detailError;
      },
      /** @this {any} */
      get d() {
        const day = this.detail?.day;
        if (!day) return { ...nobody, correct: '/koreksi' };
        const fact = (label, value) => ({ label: text(label), value });
        return {
          correct: `/koreksi?new&employee=${encodeURIComponent(day.employee_number)}&work_date=${day.work_date}`,
          name: day.employee_name,
          person: this.manyPeople && personAt(day.employee_id),
          sub: [day.employee_number, day.department, day.branch_name].filter(Boolean).join(' · '),
          date: longDate(day.work_date),
          status: day.status,
          statusText: text(`status.${day.status}`),
          remarks: remarkText(day),
          facts: [
            fact('col.in', clockTime(day.first_in, day.zone) || '–'),
            fact('col.out', clockTime(day.last_out, day.zone) || '–'),
            fact('day.worked', duration(day.worked_minutes) || '–'),
            fact('day.late', lateBy(day) || '–'),
            fact('day.early', earlyBy(day) || '–'),
            fact('day.overtime', duration(day.overtime_minutes) || '–'),
          ],
        };
      },
      get reasons() {
        return this.detail ? why(this.detail.why, this.detail.day.zone) : [];
      },
      get punches() {
        const { day, punches = [] } = this.detail ?? {};
        return punches.map((p) => {
          const line = punchLine(p, day?.zone);
          const named = (what) => `${text(what)}: ${line.direction} ${line.time}`;
          return {
            ...line,
            wrong: !p.voided && !p.duplicate_of,
            strikeLabel: named('strike.do'),
            askLabel: named('strike.ask'),
            ask: `${this.d.correct}&kind=void&void_punch_id=${p.id}`,
          };
        });
      },
      get hasBefore() {
        return Boolean(this.detail?.punches_before);
      },
      // mayChange tells whether the reader may correct this day. Somebody else decides about their own ones.
      get mayChange() {
        return admins(session.user) && !this.isOwnDay;
      },
      get isOwnDay() {
        return this.detailReady && session.user.employee_id === this.detail.day.employee_id;
      },
      get mayAsk() {
        return this.detailReady && !this.mayChange;
      },
      get mayFix() {
        return this.detailReady && this.mayChange && !this.fixing;
      },
      // fixText says what is missing, and where the time comes from that the form begins with.
      get fixText() {
        const missing = this.detail ? lacks(this.detail.day) : '';
        const said = missing && text(`fix.lacks.${missing}`);
        return [said, this.fixBegan.time && text('fix.planned')].filter(Boolean).join(' ');
      },
      get zoneHint() {
        const zone = this.detail && foreignZone(serverNow(), this.detail.day.zone);
        return zone ? text('koreksi.zone', { zone }) : '';
      },
      get strikeText() {
        const p = this.punches.find((line) => line.id === this.strikeId);
        return p ? text('strike.text', { punch: `${p.direction} ${p.time}` }) : '';
      },
      get strikeInvalid() {
        return this.strikeWrong !== '';
      },
      get noPunches() {
        return this.detailReady && this.punches.length === 0;
      },
      get line() {
        return this.detail ? timeline(this.detail.day, this.detail.punches) : null;
      },
      get hasLine() {
        return this.line !== null;
      },
      get segments() {
        const style = (s) => (s ? { left: `${s.x}%`, width: `${s.width}%` } : { display: 'none' });
        return {
          window: style(this.line?.window),
          shift: style(this.line?.shift),
          presence: style(this.line?.presence),
        };
      },
      get marks() {
        return (this.line?.marks ?? []).map((m) => ({ id: m.id, kind: m.kind, style: { left: `${m.x}%` } }));
      },
      get lineLabel() {
        const day = this.detail?.day;
        return day
          ? text('day.line', {
              from: clockTime(day.window_opens, day.zone) || '00:00',
              to: clockTime(day.window_closes, day.zone) || '24:00',
            })
          : '';
      },
    },
  );
}
