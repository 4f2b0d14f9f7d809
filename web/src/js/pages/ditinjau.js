import { clockTimeAmong, clockTimeHere, dayOf, text, textOr, zonesDiffer } from '../language.js';
import { get, Problem, send } from '../http.js';
import { compose, list, none } from '../list.js';
import { channelsOf, follow } from '../live.js';
import { mapAt } from '../places.js';
import { admin, personAt } from '../nav.js';
import { session, start } from '../start.js';
import { dialog, element, focusLost, form, toast } from '../ui.js';
import { punchLine, why } from '../why.js';

/** @typedef {import('../api').Item<'/api/reviews'>} Review */

const pageSize = 50;
const most = 100; // that one request decides
const gathering = 500; // milliseconds for which events are gathered before reading again
const settling = 5000; // and those that tell no other number of what waits
const filter = { state: 'open', branch: '', reason: '', from: '', to: '', q: '' };
const reasons = [
  'outside_area',
  'inaccurate',
  'foreign_network',
  'exact',
  'same_place',
  'too_fast',
  'shared_device',
  'kiosk_hurry',
  'own_kiosk',
  'clock',
  'offline',
  'repeated_hour',
  'quick_out',
];
const marks = { open: 'pending', accepted: 'present', refused: 'absent', voided: 'day_off' };
const word = (reason) => textOr(`review.reason.${reason}`, reason);

// made says when a punch was made, by the clocks of its branch.
function made(p, severalZones) {
  return `${dayOf(p.occurred_at, p.zone)} ${clockTimeAmong(severalZones, p.occurred_at, p.zone)}`;
}

// evidence is what is known about a punch, as label and value.
function evidence(p) {
  const at = (instant) => `${dayOf(instant, p.zone)} ${clockTimeHere(instant, p.zone, true)}`;
  const line = punchLine({ ...p, offline: false, doubts: [], note: '', voided: undefined }, p.zone);
  const facts = [
    ['review.at', at(p.occurred_at)],
    ['review.claimed', p.claimed_at && at(p.claimed_at)],
    ['review.received', at(p.received_at)],
    ['review.place', line.remarks],
    ['review.position', p.fix && `${p.fix.latitude.toFixed(5)}, ${p.fix.longitude.toFixed(5)}`],
    ['review.network', p.network],
    ['review.device', [line.source, p.device].filter(Boolean).join(' · ')],
    ['review.said', p.note],
  ];
  return facts.filter(([, value]) => value).map(([label, value]) => ({ label: text(label), value }));
}

start('ditinjau', () => {
  /** @type {(ms?: number) => void} */
  let again = () => {};
  /** @type {any} */
  let page = null; // the component, as Alpine knows it
  const blankNote = { note: '' };

  /**
   * refuseAll refuses what is ticked.
   * @this {any}
   */
  async function refuseAll({ note }) {
    if (this.anyChosen) await this.decideMany('refused', note.trim()); // else somebody else was quicker
    dialog('refuser').close();
  }
  async function weigh(values) {
    const weights = Object.fromEntries(reasons.map((reason) => [reason, Number(values[reason])]));
    await send('PATCH', '/api/reviews/weights', { body: { weights, version: page.weightsVersion } });
    dialog('weigher').close();
    toast('good', text('ui.saved'));
    await Promise.all([page.load(), page.count(), page.readWeights()]);
  }
  const noted = (values) =>
    /** @type {Record<string, string>} */ (values.note.trim() ? {} : { note: text('review.noteNeeded') });

  // An empty field is no weight of 0, which would take its punches from everybody's list.
  const weighed = (values) => {
    const wrong = reasons.filter((reason) => !/^(\d{1,2}|100)$/.test(String(values[reason] ?? '').trim()));
    return Object.fromEntries(wrong.map((reason) => [reason, text('review.weightWrong')]));
  };
  const heard = new Map(); // branch → when its latest summary was made

  const parts = compose(list({ route: '/api/reviews', filter, limit: pageSize }), form(blankNote, refuseAll, noted));
  return compose(parts, {
    text,
    weighing: form(/** @type {Record<string, string>} */ ({}), weigh, weighed),
    weightRows: /** @type {{reason: string, label: string, wrongId: string}[]} */ ([]),
    weightsVersion: '',
    weights: /** @type {Record<string, number>} */ ({}),
    counts: /** @type {Record<string, number>} */ ({}), // of what waits, by branch
    chosen: /** @type {string[]} */ ([]), // ids of punches
    failures: /** @type {string[]} */ ([]),
    shown: /** @type {Review} */ (none),
    place: 0, // of the row that is decided about
    note: '',
    noteWrong: '',
    noteInvalid: false,
    deciding: false,

    init() {
      page = this;
      this.recall();
      again = follow({
        channels: channelsOf(session.user),
        // Read as many rows as are shown.
        read: () => Promise.all([this.read(Math.max(this.rows.length, pageSize)), this.count()]),
        on: {
          'summary.refreshed': (s) => this.hear(s),
        },
      });
      this.$watch('rows', () => this.prune());
    },
    // hear takes the summary of a branch. The number of what waits may be what it was while one left and another came.
    hear(s) {
      const at = Date.parse(s.as_of);
      if (s.to_review === undefined || at < heard.get(s.branch_id)) return;
      heard.set(s.branch_id, at);
      const changed = s.to_review !== (this.counts[s.branch_id] ?? 0);
      if (changed) this.counts = { ...this.counts, [s.branch_id]: s.to_review };
      const { branch } = this.filter;
      if (!branch || branch === String(s.branch_id)) again(changed ? gathering : settling);
    },
    async count() {
      const { items } = await get('/api/reviews/counts');
      this.counts = Object.fromEntries(items.map((c) => [c.branch_id, c.open]));
      if (Object.keys(this.weights).length === 0) await this.readWeights();
    },
    async readWeights() {
      const { weights, version } = await get('/api/reviews/weights');
      Object.assign(this, { weights, weightsVersion: version });
    },
    // prune unticks what is not shown any more.
    prune() {
      const there = this.rows.map((r) => String(r.id));
      if (this.chosen.some((id) => !there.includes(id))) this.chosen = this.chosen.filter((id) => there.includes(id));
    },
    choose(event) {
      this.filter.state = event.currentTarget.dataset.state;
      this.chosen = [];
      this.failures = [];
      this.apply();
    },
    // tickAll ticks what is shown, or nothing if all of it is ticked.
    tickAll() {
      const all = this.rows.map((r) => String(r.id));
      this.chosen = this.chosen.length < all.length ? all : [];
    },
    untick() {
      this.chosen = [];
    },

    open(event) {
      this.shown = this.row(event);
      Object.assign(this, { place: this.rows.indexOf(this.shown), note: '', noteWrong: '', noteInvalid: false });
      dialog('review').showModal();
    },
    close() {
      dialog('review').close();
    },
    // closed gives the focus, if what had it is gone, to the row that came in its place, or to the title.
    closed() {
      this.$nextTick(() => {
        if (!focusLost()) return;
        const rows = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#isi [data-test="open"]'));
        (rows[Math.min(this.place, rows.length - 1)] ?? element('title')).focus();
      });
    },
    accept() {
      return this.decide('accepted');
    },
    refuse() {
      if (!this.note.trim()) {
        Object.assign(this, { noteWrong: text('review.noteNeeded'), noteInvalid: true });
        dialog('note').focus();
        return null;
      }
      return this.decide('refused');
    },
    reopen() {
      return this.decide('open');
    },
    async decide(state) {
      if (this.deciding) return;
      this.deciding = true;
      Object.assign(this, { noteWrong: '', noteInvalid: false });
      const { id, state: from } = this.shown;
      try {
        const note = state === 'open' ? '' : this.note.trim(); // what was typed is about another decision
        const body = { state, from, note };
        this.merge(await send('POST', '/api/reviews/{id}/decision', { path: { id }, body }));
        dialog('review').close();
        toast('good', text(`review.done.${state}`));
      } catch (problem) {
        this.noteWrong = problem.message;
        this.noteInvalid = problem instanceof Problem && problem.errors.some((e) => e.field === 'note');
        if (['stale', 'conflict'].includes(problem.code))
          get('/api/reviews/{id}', { path: { id } })
            .then((r) => this.merge(r))
            .catch(() => {});
      } finally {
        this.deciding = false;
      }
    },
    // merge updates the list with an answer. A punch leaves a list of another state, and those that wait below come in
    // the place of the last one.
    merge(r) {
      const at = this.rows.findIndex((one) => one.id === r.id);
      if (at >= 0) this.place = at;
      if (at >= 0 && r.state === this.filter.state) this.rows[at] = r;
      else if (at >= 0) this.rows.splice(at, 1);
      if (this.shown?.id === r.id) this.shown = r;
      if (this.rows.length === 0 && this.hasNext) {
        this.fresh = true;
        this.load();
      }
      this.prune();
      this.count().catch(() => {});
    },
    async acceptAll() {
      await this.attempt(() => this.decideMany('accepted', ''));
      this.closed();
    },
    openRefuser() {
      this.fill();
      dialog('refuser').showModal();
    },
    closeRefuser() {
      dialog('refuser').close();
    },
    async attempt(/** @type {() => Promise<void>} */ what) {
      if (this.deciding) return;
      this.deciding = true;
      try {
        await what();
      } catch (problem) {
        this.failures = [...this.failures, problem.message];
      } finally {
        this.deciding = false;
      }
    },
    // decideMany decides about what is ticked, in as many requests as it takes.
    async decideMany(state, note) {
      const rows = [...this.rows];
      const chosen = rows.filter((r) => this.chosen.includes(String(r.id)));
      const answers = [];
      this.place = rows.indexOf(chosen[0]);
      this.failures = [];
      try {
        for (let i = 0; i < chosen.length; i += most) {
          const items = chosen.slice(i, i + most).map((r) => ({ id: r.id, from: r.state }));
          const answer = await send('POST', '/api/reviews/decisions', { body: { state, note, items } });
          answers.push(...answer.items);
        }
      } finally {
        if (answers.length > 0) await this.decided(state, answers, rows);
      }
    },
    // decided says what became of decisions, and reads as many rows again as were shown. What something stands against
    // stays ticked.
    async decided(state, answers, rows) {
      const of = new Map(rows.map((r) => [r.id, r]));
      const refused = answers.filter((i) => i.problem);
      const done = new Set(answers.filter((i) => !i.problem).map((i) => String(i.id)));
      this.failures = refused.map((i) => {
        const { employee_name: name, punch } = of.get(i.id);
        return [name, made(punch, this.severalZones), i.problem.detail].join(' · ');
      });
      this.chosen = this.chosen.filter((id) => !done.has(id));
      if (done.size > 0) toast('good', text(`review.many.${state}`, { n: done.size }));
      await Promise.all([this.read(Math.max(rows.length, pageSize)), this.count()]).catch(() => again());
    },

    async openWeights() {
      try {
        await this.readWeights();
      } catch (problem) {
        toast('error', problem.message);
        return;
      }
      this.weighing.fill(Object.fromEntries(reasons.map((reason) => [reason, String(this.weights[reason] ?? 0)])));
      this.weightRows = reasons.map((reason) => ({ reason, label: word(reason), wrongId: `weight-${reason}-wrong` }));
      dialog('weigher').showModal();
    },
    closeWeights() {
      dialog('weigher').close();
    },
    submitWeights() {
      return this.weighing.submit();
    },

    get isAdmin() {
      return admin(session.user);
    },
    get branches() {
      return session.branches;
    },
    get manyBranches() {
      return session.branches.length > 1;
    },
    get severalZones() {
      return zonesDiffer(session.branches);
    },
    get reasonOptions() {
      return reasons.map((reason) => ({ reason, label: word(reason) }));
    },
    // waiting is how many wait where the list looks.
    get waiting() {
      return Object.entries(this.counts)
        .filter(([branch]) => !this.filter.branch || branch === String(this.filter.branch))
        .reduce((sum, [, n]) => sum + n, 0);
    },
    get states() {
      return ['open', 'accepted', 'refused', 'voided'].map((state) => ({
        state,
        label:
          state === 'open' && this.waiting > 0
            ? text('review.openCount', { n: this.waiting })
            : text(`review.state.${state}`),
        pressed: state === this.filter.state,
      }));
    },
    get pickable() {
      return this.hasRows && this.filter.state === 'open';
    },
    get allText() {
      const all = this.rows.length;
      return this.chosen.length < all ? text('review.all', { n: all }) : text('review.none');
    },
    get anyChosen() {
      return this.chosen.length > 0;
    },
    get chosenText() {
      return text('review.chosen', { n: this.chosen.length });
    },
    get hasFailures() {
      return this.failures.length > 0;
    },
    get shownRows() {
      return this.rows.map((r) => this.line(r));
    },
    line(r) {
      const what = `${text(`direction.${r.punch.direction}`)} · ${made(r.punch, this.severalZones)}`;
      return {
        id: r.id,
        value: String(r.id),
        name: r.employee_name,
        person: personAt(r.employee_id),
        number: r.employee_number,
        branch: r.branch_name,
        what,
        why: r.reasons.map(word).join(' · '),
        state: r.state,
        mark: marks[r.state],
        stateText: text(`review.state.${r.state}`),
        score: text('review.score', { n: r.score }),
        pickLabel: text('review.pick', { name: r.employee_name, what }),
      };
    },
    get d() {
      return this.shown
        ? this.line(this.shown)
        : { name: '', person: false, number: '', branch: '', what: '', score: '', mark: '', stateText: '' };
    },
    get facts() {
      return this.shown ? evidence(this.shown.punch) : [];
    },
    get mapHref() {
      const fix = this.shown?.punch.fix;
      return fix ? mapAt(fix.latitude, fix.longitude) : '';
    },
    get dayHref() {
      return this.shown ? `/riwayat?day=${this.shown.employee_id}/${this.shown.work_date}` : '';
    },
    get reasonRows() {
      return (this.shown?.reasons ?? []).map((reason) => ({
        reason,
        label: word(reason),
        weight: text('review.weight', { n: this.weights[reason] ?? 0 }),
      }));
    },
    get sentences() {
      return this.shown ? why(this.shown.why, this.shown.punch.zone) : [];
    },
    get decidedText() {
      const r = this.shown;
      if (!r?.decided_at) return '';
      const when = `${dayOf(r.decided_at, r.punch.zone)} ${clockTimeHere(r.decided_at, r.punch.zone)}`;
      return [text('review.decided', { name: r.decided_by_name ?? '', when }), r.note].filter(Boolean).join(' · ');
    },
    get isOwn() {
      return Boolean(this.shown && session.user.employee_id === this.shown.employee_id);
    },
    get mayDecide() {
      return this.shown?.state === 'open' && !this.isOwn;
    },
    get mayReopen() {
      return this.shown?.state === 'accepted' && !this.isOwn;
    },
    get ownText() {
      return this.isOwn && this.shown?.state === 'open' ? text('review.own') : '';
    },
  });
});
