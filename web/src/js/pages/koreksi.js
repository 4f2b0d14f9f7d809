import { clockTimeHere, duration, foreignZone, text, zonesDiffer } from '../language.js';
import { employee } from '../employees.js';
import { aborted, get } from '../http.js';
import { none } from '../list.js';
import { requests } from '../requests.js';
import { serverNow, session, start } from '../start.js';
import { punchLine, why } from '../why.js';

/** @typedef {import('../api').Answer<'GET', '/api/attendances/{employee_id}/{date}'>['punches'][number]} Punch */
/** @typedef {import('../api').Answer<'GET', '/api/corrections/{id}/effect'>} Effect */
/** @typedef {import('../api').Answer<'GET', '/api/corrections/{id}/evidence'>} Evidence */

const kinds = ['add', 'replace', 'void'];
const adds = (values) => values.kind !== 'void';
const takesAway = (values) => values.kind !== 'add';

// outcome describes in one line what people are paid by: a day's status and minutes.
function outcome(day) {
  const [first, last] = [day.first_in, day.last_out].map((at) => clockTimeHere(at, day.zone) || '–');
  const span = `${first} – ${last}`;
  return text('koreksi.outcome', {
    status: text(`status.${day.status}`),
    span,
    worked: duration(day.worked_minutes) || '0:00',
    overtime: duration(day.overtime_minutes) || '0:00',
  });
}

// testimony says what came with a claimed time: where and by which device it was made, then what is doubtful.
function testimony({ punch, why: reasons }) {
  const measured = (punch.doubts ?? []).filter((d) => d === 'inaccurate');
  const line = punchLine({ ...punch, offline: false, doubts: measured }, punch.zone);
  const told = punch.fix ? ['outside', 'inaccurate'] : []; // by the line
  return [
    [line.source, punch.device, line.remarks].filter(Boolean).join(' · '),
    ...why(
      reasons.filter((r) => !told.includes(r.code)),
      punch.zone,
    ).map((r) => r.sentence),
  ];
}

start('koreksi', () => {
  const page = requests({
    kind: 'correction',
    route: '/api/corrections',
    blank: {
      employee: '',
      work_date: '',
      kind: 'add',
      void_punch_id: '',
      direction: 'in',
      time: '',
      next_day: false,
      repeated: '',
      reason: '',
    },
    needed: (v) => ['work_date', ...(takesAway(v) ? ['void_punch_id'] : []), ...(adds(v) ? ['time'] : []), 'reason'],
    body: (v) => ({
      work_date: v.work_date,
      reason: v.reason.trim(),
      ...(takesAway(v) ? { void_punch_id: Number(v.void_punch_id) } : {}),
      ...(adds(v) ? { direction: v.direction, time: v.time, next_day: Boolean(v.next_day) } : {}),
      ...(adds(v) && v.repeated ? { repeated: v.repeated } : {}),
    }),
  });
  const begin = page.init;
  let reading = null;
  let asking = null;

  const wrong = {
    punches: /** @type {Punch[]} */ ([]),
    punchesRead: false,
    effect: /** @type {Effect} */ (none),
    evidence: /** @type {Evidence} */ (none), // of the claim that is shown
    evidenceOf: 0,

    init() {
      for (const name of ['work_date', 'kind', 'employee']) this.$watch(`values.${name}`, () => this.readPunches());
      this.$watch('shown', (q) => this.readEvidence(q));
      begin.call(this);
    },
    // readEvidence fetches what came with the time that a device claims.
    async readEvidence(q) {
      asking?.abort();
      if (q?.id !== this.evidenceOf) Object.assign(this, { evidence: none, evidenceOf: 0 });
      if (!q?.claim) return;
      const mine = new AbortController();
      asking = mine;
      try {
        const evidence = await get('/api/corrections/{id}/evidence', { path: { id: q.id }, signal: mine.signal });
        Object.assign(this, { evidence, evidenceOf: q.id });
      } catch {
        // an earlier release kept none, or the page does without
      }
    },
    // readPunches fetches the punches of the date, one of which may be wrong.
    async readPunches() {
      reading?.abort();
      const { work_date: date, employee: number } = this.values;
      Object.assign(this, { punches: [], punchesRead: false });
      if (!takesAway(this.values) || !date) return;
      const mine = new AbortController();
      reading = mine;
      try {
        const who = this.forOthers && number.trim() ? (await employee(number))?.id : session.user.employee_id;
        if (!who || mine.signal.aborted) return;
        const day = await get('/api/attendances/{employee_id}/{date}', {
          path: { employee_id: who, date },
          signal: mine.signal,
        });
        const found = day.punches.filter((p) => !p.voided && !p.duplicate_of);
        Object.assign(this, { punches: found, punchesRead: true });
        const chosen = Number(this.values.void_punch_id);
        if (!found.some((p) => p.id === chosen)) this.values.void_punch_id = '';
        // The new punch most likely has the same direction.
        const one = found.find((p) => p.id === chosen);
        if (one && this.values.kind === 'replace' && ['in', 'out'].includes(one.direction))
          this.values.direction = one.direction;
      } catch (problem) {
        if (!aborted(problem)) this.error = problem.message;
      }
    },

    get kinds() {
      return kinds.map((value) => ({ value, label: text(`koreksi.kind.${value}`) }));
    },
    get addsPunch() {
      return adds(this.values);
    },
    get takesAway() {
      return takesAway(this.values);
    },
    // zoneHint says by which clocks the time is meant, where it could be taken for that of this device. Whose request
    // it is may not be known yet.
    get zoneHint() {
      const number = this.values.employee.trim().toLowerCase();
      const other = this.suggestions.find((s) => s.number.toLowerCase() === number);
      const own = number ? undefined : session.employee;
      const branch = session.branches.find((b) => b.id === (other ?? own)?.branch_id);
      if (!branch && zonesDiffer(session.branches)) return text('koreksi.zoneOfBranch');
      const zone = foreignZone(serverNow(), (branch ?? session.branches[0])?.zone);
      return zone && text('koreksi.zone', { zone });
    },
    get noPunches() {
      return this.takesAway && this.punchesRead && this.punches.length === 0;
    },
    get punchRows() {
      return this.punches.map((p) => ({
        value: String(p.id),
        label: `${text(`direction.${p.direction}`)} ${clockTimeHere(p.occurred_at, p.zone, true)}`,
      }));
    },
    get hasEvidence() {
      return this.evidence !== null;
    },
    get evidenceLines() {
      return this.evidence ? testimony(this.evidence) : [];
    },
    get effectKind() {
      return this.effect && (this.effect.locked || !this.effect.changes) ? 'error' : 'info';
    },
    get effectLines() {
      if (!this.effect) return [];
      const { before, after, changes, locked } = this.effect;
      if (locked) return [text('koreksi.locked')];
      if (!changes) return [text('koreksi.changesNothing'), outcome(before)];
      return [text('koreksi.now', { day: outcome(before) }), text('koreksi.then', { day: outcome(after) })];
    },
  };
  return Object.defineProperties(page, Object.getOwnPropertyDescriptors(wrong));
});
