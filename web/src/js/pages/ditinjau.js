import { clockTimeHere, dayOf, text, textOr, zonesDiffer, zoneName } from '../language.js';
import { get, send } from '../http.js';
import { compose, list, none } from '../list.js';
import { channelsOf, follow } from '../live.js';
import { mapAt } from '../places.js';
import { admin } from '../nav.js';
import { session, start } from '../start.js';
import { dialog, form, toast } from '../ui.js';
import { punchLine, why } from '../why.js';

/** @typedef {import('../api').Item<'/api/reviews'>} Review */

const pageSize = 50;
const most = 100; // that are decided at once
const gathering = 500; // milliseconds for which events are gathered before reading again
const filter = { state: 'open', branch: '', reason: '', from: '', to: '', q: '' };
const reasons = [
  'outside_area',
  'inaccurate',
  'foreign_network',
  'exact',
  'same_place',
  'too_fast',
  'shared_device',
  'clock',
  'offline',
  'repeated_hour',
  'quick_out',
];
const marks = { open: 'pending', accepted: 'present', refused: 'absent', voided: 'day_off' };
const word = (reason) => textOr(`review.reason.${reason}`, reason);

// made says when a punch was made, by the clocks of its branch.
function made(p, severalZones) {
  const zone = severalZones ? zoneName(p.occurred_at, p.zone) : '';
  return [dayOf(p.occurred_at, p.zone), clockTimeHere(p.occurred_at, p.zone), zone].filter(Boolean).join(' ');
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
    await this.decideMany('refused', note.trim());
    dialog('refuser').close();
  }
  async function weigh() {
    const weights = Object.fromEntries(page.weightRows.map((w) => [w.reason, Number(w.value)]));
    await send('PATCH', '/api/reviews/weights', { body: { weights, version: page.weightsVersion } });
    dialog('weigher').close();
    toast('good', text('ui.saved'));
    await Promise.all([page.load(), page.count(), page.readWeights()]);
  }
  const noted = (values) =>
    /** @type {Record<string, string>} */ (values.note.trim() ? {} : { note: text('review.noteNeeded') });

  const parts = compose(list({ route: '/api/reviews', filter, limit: pageSize }), form(blankNote, refuseAll, noted));
  return compose(parts, {
    text,
    weighing: form({}, weigh),
    weightRows: /** @type {{reason: string, label: string, value: string}[]} */ ([]),
    weightsVersion: '',
    weights: /** @type {Record<string, number>} */ ({}),
    counts: /** @type {Record<string, number>} */ ({}), // of what waits, by branch
    chosen: /** @type {string[]} */ ([]), // ids of punches
    failures: /** @type {string[]} */ ([]),
    shown: /** @type {Review} */ (none),
    note: '',
    noteWrong: '',
    deciding: false,

    init() {
      page = this;
      this.recall();
      again = follow({
        channels: channelsOf(session.user),
        // Read as many rows as are shown.
        read: () => Promise.all([this.read(Math.max(this.rows.length, pageSize)), this.count()]),
        on: {
          'summary.refreshed': (s) => {
            if (s.to_review === undefined || s.to_review === (this.counts[s.branch_id] ?? 0)) return;
            this.counts = { ...this.counts, [s.branch_id]: s.to_review };
            again(gathering);
          },
        },
      });
      this.$watch('rows', () => this.prune());
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
      const all = this.rows.slice(0, most).map((r) => String(r.id));
      this.chosen = this.chosen.length < all.length ? all : [];
    },
    untick() {
      this.chosen = [];
    },

    open(event) {
      this.shown = this.row(event);
      Object.assign(this, { note: '', noteWrong: '' });
      dialog('review').showModal();
    },
    close() {
      dialog('review').close();
    },
    accept() {
      return this.decide('accepted');
    },
    refuse() {
      if (!this.note.trim()) {
        this.noteWrong = text('review.noteNeeded');
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
      this.noteWrong = '';
      const { id, state: from } = this.shown;
      try {
        const body = { state, from, note: this.note.trim() };
        this.merge(await send('POST', '/api/reviews/{id}/decision', { path: { id }, body }));
        dialog('review').close();
        toast('good', text(`review.done.${state}`));
      } catch (problem) {
        this.noteWrong = problem.message;
        if (['stale', 'conflict'].includes(problem.code))
          get('/api/reviews/{id}', { path: { id } })
            .then((r) => this.merge(r))
            .catch(() => {});
      } finally {
        this.deciding = false;
      }
    },
    // merge updates the list with an answer. A punch leaves a list of another state.
    merge(r) {
      const at = this.rows.findIndex((one) => one.id === r.id);
      if (at >= 0 && r.state === this.filter.state) this.rows[at] = r;
      else if (at >= 0) this.rows.splice(at, 1);
      if (this.shown?.id === r.id) this.shown = r;
      this.prune();
      this.count().catch(() => {});
    },
    acceptAll() {
      return this.attempt(() => this.decideMany('accepted', ''));
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
        this.failures = [problem.message];
      } finally {
        this.deciding = false;
      }
    },
    // decideMany decides about what is ticked, and says what stands against some.
    async decideMany(state, note) {
      const of = Object.fromEntries(this.rows.map((r) => [r.id, r]));
      const chosen = this.chosen.slice(0, most).map(Number);
      const items = chosen.map((id) => ({ id, from: of[id].state }));
      const answer = await send('POST', '/api/reviews/decisions', { body: { state, note, items } });
      const refused = answer.items.filter((i) => i.problem);
      this.failures = refused.map((i) =>
        [of[i.id].employee_name, made(of[i.id].punch, this.severalZones), i.problem?.detail].join(' · '),
      );
      this.chosen = refused.map((i) => String(i.id));
      const n = answer.items.length - refused.length;
      if (n > 0) toast('good', text(`review.many.${state}`, { n }));
      await Promise.all([this.load(), this.count()]);
    },

    async openWeights() {
      await this.attempt(async () => {
        await this.readWeights();
        this.weightRows = reasons.map((reason) => ({
          reason,
          label: word(reason),
          value: String(this.weights[reason] ?? 0),
        }));
        this.weighing.fill();
        dialog('weigher').showModal();
      });
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
      const all = Math.min(this.rows.length, most);
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
        : { name: '', number: '', branch: '', what: '', score: '', mark: '', stateText: '' };
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
    get noteInvalid() {
      return Boolean(this.noteWrong);
    },
  });
});
