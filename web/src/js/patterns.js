import { longDate, text } from './language.js';
import { get, request } from './http.js';
import { list } from './list.js';
import { day } from './employees.js';
import { weeks } from './schedule.js';
import { runs, span, usual } from './shifts.js';
import { serverNow, session } from './start.js';
import { ask, focusWrong, refused, sentence, sentences, toast } from './ui.js';

/** @typedef {import('./api').Item<'/api/shift-assignments'>} Assignment */
/** @typedef {import('./api').Item<'/api/employees'>} Person */

const pageSize = 20;
/** @type {(at: number, shape?: 'short' | 'long') => string} */
const weekday = (at, weekdayShape = 'short') => longDate(`2024-01-0${at + 1}`, { weekday: weekdayShape });

function today() {
  return new Date(serverNow()).toLocaleDateString('sv', { timeZone: session.branches[0]?.zone ?? 'UTC' });
}

// patterns is the part of the page Shift that assigns weekly patterns to employees. The component that it becomes part
// of holds the shifts.
export function patterns() {
  /** @type {any} */
  let page = null; // the component, as Alpine knows it
  let counted = 0; // the number of the latest count; answers of earlier ones are dropped

  return {
    people: list({
      route: '/api/employees',
      filter: { q: '', branch: '' },
      query: (filter) => ({ ...filter, status: 'active', without_shift_on: page.without && page.from }),
      limit: pageSize,
      quiet: true, // nobody links to a half-filled form
    }),
    without: false, // only those who have no shift yet
    picked: /** @type {string[]} */ ([]),
    everyone: false,
    matching: 0,
    weeks: /** @type {{key: number, days: {key: number, id: string, shift: string}[]}[]} */ ([]),
    touched: false, // somebody chose a shift of a week
    from: '',
    to: '',
    planWrong: /** @type {Record<string, string>} */ ({}),
    planError: '',
    planBusy: false,
    person: /** @type {Person | null} */ (null),
    assignments: /** @type {Assignment[]} */ ([]),
    ends: /** @type {Record<string, string>} */ ({}),
    endsWrong: /** @type {Record<string, string>} */ ({}),

    beginPatterns() {
      page = this;
      this.from = today();
      for (const [name, field] of [
        ['from', 'from'],
        ['to', 'to'],
        ['picked', 'employee_ids'],
        ['everyone', 'employee_ids'],
      ]) {
        this.$watch(name, () => this.planRight(field));
      }
      this.$watch('people.rows', () => {
        if (this.everyone) this.pickShown(); // also those that came by another attempt
      });
      // A week that was empty for want of a shift takes the first one that is made.
      this.$watch('rows', () => {
        const idle = this.weeks.length === 1 && this.weeks[0].days.every((d) => d.shift === '0');
        if (!idle || this.touched) return;
        this.weeks = [];
        this.addWeek();
      });
      this.addWeek();
      return this.findPeople();
    },
    // beginWithout prepares the form for all who have no pattern yet.
    beginWithout() {
      this.without = true;
      this.everyone = true;
      this.applyPeople();
      document.getElementById('pattern-title')?.scrollIntoView();
    },
    touchWeek() {
      this.touched = true;
    },
    addWeek() {
      const first = this.weeks[0];
      const daily = String(usual(this.shifts)?.id ?? 0);
      const n = this.weeks.length;
      this.weeks.push({
        key: n,
        days: Array.from({ length: 7 }, (_, at) => ({
          key: at,
          id: `day-${n}-${at}`,
          shift: first ? first.days[at].shift : at < 5 ? daily : '0',
        })),
      });
    },
    dropWeek() {
      this.weeks.pop();
    },
    dayName(at) {
      return weekday(at, 'long');
    },
    weekName(key) {
      return text('schedule.week', { n: key + 1 });
    },
    isShift(d, value) {
      return d.shift === value;
    },

    applyPeople() {
      this.people.cursors = [''];
      if (this.everyone) this.countPeople();
      return this.findPeople();
    },
    applyFrom() {
      if (this.without) this.applyPeople();
    },
    findPeople() {
      return this.people.load();
    },
    nextPeople() {
      this.people.cursors.push(this.people.next);
      return this.findPeople();
    },
    previousPeople() {
      this.people.cursors.pop();
      return this.findPeople();
    },
    pickPage() {
      this.picked = [...new Set([...this.picked, ...this.people.rows.map((e) => String(e.id))])];
    },
    pickNone() {
      this.picked = [];
      this.everyone = false;
    },
    // pickShown ticks the boxes of this page while everybody who matches is chosen.
    pickShown() {
      this.picked = this.people.rows.map((e) => String(e.id));
    },
    pickEveryone() {
      this.everyone = true;
      this.pickShown();
      return this.countPeople();
    },
    async countPeople() {
      if (!this.from) return;
      const mine = ++counted;
      try {
        const { assigned } = (
          await request('POST', '/api/shift-assignments', { body: { ...this.order, dry_run: true } })
        ).data;
        if (mine === counted) this.matching = assigned;
      } catch (problem) {
        this.planError = problem.message;
      }
    },
    /** @param {Event} [event] */
    async assign(event) {
      if (this.planBusy) return;
      const sender = event?.target;
      this.planWrong = {};
      this.planError = '';
      if (!this.everyone && this.picked.length === 0) this.planWrong.employee_ids = text('pattern.wrong.employee_ids');
      if (!this.from) this.planWrong.from = text('pattern.wrong.from');
      if (this.to && this.to < this.from) this.planWrong.to = text('pattern.wrong.to');
      if (Object.keys(this.planWrong).length > 0) {
        this.planError = text('ui.check');
        refused(sender);
        this.pointPlan();
        return;
      }
      this.planBusy = true;
      try {
        const { assigned } = (await request('POST', '/api/shift-assignments', { body: this.order })).data;
        toast('good', text('pattern.done', { n: assigned }));
        this.pickNone();
        await this.findPeople();
      } catch (problem) {
        this.planWrong = sentences(problem);
        this.planError = problem.errors.length > 0 ? text('ui.check') : problem.message;
        refused(sender);
        this.pointPlan();
      } finally {
        this.planBusy = false;
      }
    },
    // pointPlan moves the focus to what is wrong, once the page says so.
    pointPlan() {
      this.$nextTick(() => focusWrong('[aria-labelledby="pattern-title"]'));
    },

    async openPerson(event) {
      const id = Number(event.currentTarget.dataset.id);
      this.person = this.people.rows.find((e) => e.id === id) ?? null;
      await this.loadPerson();
      if (!this.$refs.person.open) this.$refs.person.showModal();
    },
    async loadPerson() {
      try {
        const { items } = await get('/api/shift-assignments', { query: { employee: this.person?.id ?? 0 } });
        this.ends = Object.fromEntries(items.map((a) => [a.id, a.to ?? '']));
        this.endsWrong = {};
        this.assignments = items;
      } catch (problem) {
        toast('error', problem.message);
      }
    },
    async end(event) {
      const { id } = event.currentTarget.dataset;
      try {
        await request('PATCH', '/api/shift-assignments/{id}', { path: { id }, body: { to: this.ends[id] } });
        toast('good', text('ui.saved'));
        await this.loadPerson();
      } catch (problem) {
        this.endsWrong = { [id]: sentence(problem) };
      }
    },
    async take(event) {
      const { id } = event.currentTarget.dataset;
      const from = this.assignments.find((a) => a.id === Number(id))?.from ?? '';
      if (
        !(await ask({
          title: text('pattern.takeAsk', { from: day(from) }),
          text: text('pattern.takeWhy'),
          yes: text('pattern.take'),
          danger: true,
        }))
      )
        return;
      try {
        await request('DELETE', '/api/shift-assignments/{id}', { path: { id } });
        toast('good', text('pattern.taken'));
        await this.loadPerson();
      } catch (problem) {
        this.endsWrong = { [id]: sentence(problem) };
      }
    },
    endWrong(id) {
      return this.endsWrong[id] ?? '';
    },
    endInvalid(id) {
      return this.endsWrong[id] ? 'true' : false;
    },
    closePerson() {
      this.$refs.person.close();
    },

    // order is the body of the request that assigns the pattern.
    get order() {
      const { filter } = this.people;
      const body = { from: this.from, pattern: this.weeks.flatMap((w) => w.days.map((d) => Number(d.shift))) };
      if (this.to) body.to = this.to;
      if (this.everyone)
        body.filter = { q: filter.q.trim(), branch: Number(filter.branch || 0), without_shift: this.without };
      else body.employee_ids = this.picked.map(Number);
      return body;
    },
    get choices() {
      return this.shifts.filter((s) => s.active).map((s) => ({ value: String(s.id), label: `${s.name} ${span(s)}` }));
    },
    get peopleList() {
      return this.people.rows.map((e) => ({
        id: e.id,
        number: e.number,
        name: e.name,
        branch: session.branches.find((b) => b.id === e.branch_id)?.name ?? '',
        pickLabel: text('pattern.pickOne', { name: e.name }),
        viewLabel: text('pattern.viewLabel', { name: e.name }),
      }));
    },
    get branches() {
      return session.branches;
    },
    get manyBranches() {
      return session.branches.length > 1;
    },
    get chosenCount() {
      return this.everyone ? this.matching : this.picked.length;
    },
    get chosenText() {
      return text(this.everyone ? 'pattern.everyoneOf' : 'pattern.chosen', { n: this.chosenCount });
    },
    get needsPeople() {
      return Boolean(this.planWrong.employee_ids) && !this.someChosen;
    },
    get someChosen() {
      return this.everyone || this.picked.length > 0;
    },
    get rotates() {
      return this.weeks.length > 1;
    },
    get mayAddWeek() {
      return this.weeks.length < 8;
    },
    get preview() {
      if (!this.from || this.weeks.length === 0) return '';
      const shift = (id) => this.shifts.find((s) => String(s.id) === id)?.name ?? text('schedule.off');
      const parts = this.weeks.map(
        (w) =>
          `${this.rotates ? `${this.weekName(w.key)}: ` : ''}${runs(
            w.days.map((d) => d.shift),
            (at) => weekday(at),
            shift,
          )}`,
      );
      return text(this.to ? 'pattern.previewUntil' : 'pattern.preview', {
        n: this.chosenCount,
        from: longDate(this.from),
        to: this.to ? day(this.to) : '',
        pattern: parts.join('; '),
      });
    },
    get assignText() {
      return text(this.planBusy ? 'ui.saving' : 'pattern.assign');
    },
    // planRight forgets what was wrong with a field whose value has changed.
    planRight(field) {
      if (!this.planWrong[field]) return;
      delete this.planWrong[field];
      if (Object.keys(this.planWrong).length === 0) this.planError = '';
    },
    planInvalid(field) {
      return this.planWrong[field] ? 'true' : false;
    },
    get personTitle() {
      return this.person ? text('pattern.viewOne', { name: this.person.name }) : '';
    },
    get history() {
      return this.assignments.map((a) => ({
        key: a.id,
        inputId: `end-${a.id}`,
        wrongId: `end-wrong-${a.id}`,
        weeks: weeks(a, this.shifts),
        title: text(a.to ? 'schedule.until' : 'schedule.from', { from: day(a.from), to: a.to ? day(a.to) : '' }),
        from: a.from,
        takeLabel: text('pattern.takeOne', { from: day(a.from) }),
      }));
    },
    get unplanned() {
      return this.person !== null && this.assignments.length === 0;
    },
  };
}
