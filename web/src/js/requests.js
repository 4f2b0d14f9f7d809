import { clockTimeHere, dayOf, text, zonesDiffer } from './language.js';
import { employee, suggested } from './employees.js';
import { equalTimes } from './equal_times.js';
import { get, send } from './http.js';
import { compose, list, none } from './list.js';
import { channelsOf, follow } from './live.js';
import { claimText, summary } from './request_line.js';
import { session } from './start.js';
import { dialog, form, required, toast } from './ui.js';
import { admins, personAt } from './nav.js';

const pageSize = 50;

/**
 * @typedef {import('./api').Item<'/api/leave-requests'>} Request
 * @typedef {'/api/leave-requests' | '/api/corrections'} RequestRoute
 */

/**
 * The pages Izin and Koreksi: the same list of requests, with another form. kind is leave or correction, route the
 * API's, blank the empty form, needed its fields that must not be empty, given what is in it, body turns the form into
 * what the route takes.
 * @param {{
 *   kind: 'leave' | 'correction', route: RequestRoute, blank: Record<string, any>, needed: (values: any) => string[],
 *   body: (values: any) => any,
 * }} of
 */
export function requests({ kind, route, blank, needed, body }) {
  const filter = { state: admins(session.user) ? 'pending' : '', branch: '' };
  const fields = form(
    blank,
    /** @this {any} */
    async function save(values) {
      const data = body(values);
      if (this.forOthers) {
        const number = values.employee.trim();
        const found = await employee(number);
        if (!found && (number || !session.user.employee_id)) {
          this.complain({ employee_id: text('requests.wrong.employee_id') });
          return;
        }
        if (found) data.employee_id = found.id;
      }
      let made;
      try {
        made = await send('POST', route, { body: data });
      } catch (problem) {
        this.askWhich(problem);
        throw problem;
      }
      dialog('ask').close();
      toast('good', text('requests.sent'));
      this.merge(made);
    },
    (values) => required(values, needed(values)),
  );

  let looking = null;
  const asking = compose(fields, equalTimes());
  return compose(
    compose(list({ route: /** @type {'/api/leave-requests'} */ (route), filter, limit: pageSize }), asking),
    {
      text,
      suggestions: /** @type {import('./employees').Suggestion[]} */ ([]),
      shown: /** @type {Request} */ (none),
      note: '',
      noteWrong: '',
      deciding: false,
      effect: none, // of the request that is shown
      effectOf: 0,
      init() {
        this.$watch('shown', (q) => this.look(q));
        for (const name of ['work_date', 'time', 'next_day']) this.$watch(`values.${name}`, () => this.unask());
        const query = new URLSearchParams(location.search);
        this.recall();
        follow({
          channels: channelsOf(session.user),
          on: { 'request.changed': (q) => this.merge(q) },
          // Read as many rows as are shown.
          read: () => this.read(Math.max(this.rows.length, pageSize)),
        });
        if (query.has('new'))
          this.$nextTick(() =>
            this.openAsk(
              Object.fromEntries(
                Object.keys(blank)
                  .filter((k) => query.has(k))
                  .map((k) => [k, query.get(k)]),
              ),
            ),
          );
      },
      // merge updates the list with an event or an answer. A request leaves a list of another state.
      merge(q) {
        if (q.type !== kind) return;
        const fits =
          (!this.filter.state || q.state === this.filter.state) &&
          (!this.filter.branch || String(q.branch_id) === String(this.filter.branch));
        const at = this.rows.findIndex((r) => r.id === q.id);
        if (at >= 0 && fits) this.rows[at] = q;
        else if (at >= 0) this.rows.splice(at, 1);
        else if (fits && (this.rows.length === 0 || q.id > this.rows[0].id)) this.rows.unshift(q);
        if (this.shown?.id === q.id) this.shown = q;
      },
      // look fetches what the open request would do to its days, so that nobody approves what they do not mean to.
      async look(q) {
        looking?.abort();
        if (q?.id !== this.effectOf || q?.state !== 'pending') this.effect = none;
        if (q?.state !== 'pending') return;
        const mine = new AbortController();
        looking = mine;
        try {
          const one = /** @type {'/api/leave-requests/{id}/effect'} */ (`${route}/{id}/effect`);
          const effect = await get(one, { path: { id: q.id }, signal: mine.signal });
          Object.assign(this, { effect, effectOf: q.id });
        } catch {
          // decided meanwhile, or the page does without
        }
      },
      choose(event) {
        this.filter.state = event.currentTarget.dataset.state;
        this.apply();
      },

      openAsk(values = {}) {
        this.fill(values);
        this.unask();
        dialog('ask').showModal();
      },
      openNew() {
        this.openAsk();
      },
      closeAsk() {
        dialog('ask').close();
      },
      async suggest() {
        this.suggestions = await suggested(this.values.employee, this.suggestions, { status: 'active' });
      },

      open(event) {
        this.shown = this.row(event);
        Object.assign(this, { note: '', noteWrong: '' });
        dialog('request').showModal();
      },
      close() {
        dialog('request').close();
      },
      approve() {
        return this.decide('approve');
      },
      refuse() {
        return this.decideWith('refuse');
      },
      revoke() {
        return this.decideWith('revoke');
      },
      decideWith(verb) {
        if (!this.note.trim()) {
          this.noteWrong = text('requests.noteNeeded');
          dialog('note').focus();
          return null;
        }
        return this.decide(verb);
      },
      cancel() {
        return this.decide('cancel');
      },
      async decide(verb) {
        if (this.deciding) return;
        this.deciding = true;
        this.noteWrong = '';
        try {
          const one = /** @type {'/api/leave-requests/{id}/approve'} */ (`${route}/{id}/${verb}`);
          const path = { id: this.shown.id };
          this.merge(await send('POST', one, { path, body: { note: this.note.trim() } }));
          dialog('request').close();
          toast('good', text(`requests.done.${verb}`));
        } catch (problem) {
          this.noteWrong = problem.code === 'conflict' ? text('requests.conflict') : problem.message;
          if (problem.code === 'conflict')
            get(/** @type {'/api/leave-requests/{id}'} */ (`${route}/{id}`), { path: { id: this.shown.id } })
              .then((q) => this.merge(q))
              .catch(() => {});
        } finally {
          this.deciding = false;
        }
      },

      get forOthers() {
        return admins(session.user);
      },
      get branches() {
        return session.branches;
      },
      get manyBranches() {
        return this.forOthers && session.branches.length > 1;
      },
      get states() {
        return ['pending', 'approved', 'refused', ''].map((s) => ({
          state: s,
          label: text(`request.state.${s || 'all'}`),
          pressed: s === this.filter.state,
        }));
      },
      get shownRows() {
        return this.rows.map((q) => this.line(q));
      },
      line(q) {
        return {
          ...summary(q, zonesDiffer(session.branches)),
          id: q.id,
          name: q.employee_name,
          person: this.forOthers && personAt(q.employee_id),
          number: q.employee_number,
          branch: q.branch_name,
          reason: q.claim ? [text('requests.claim'), q.reason].filter(Boolean).join(' · ') : q.reason,
        };
      },
      get d() {
        return this.shown
          ? this.line(this.shown)
          : { name: '', person: false, what: '', reason: '', stateText: '', mark: '' };
      },
      get facts() {
        const q = this.shown;
        if (!q) return [];
        const when = (at, name) => {
          const date = dayOf(at, q.zone, { day: 'numeric', month: 'long', year: 'numeric' });
          return `${date} ${clockTimeHere(at, q.zone)}${name ? ` · ${name}` : ''}`;
        };
        return [
          ...(q.claim
            ? [
                { label: text('requests.claimWhy'), value: claimText(q) },
                { label: text('requests.claimedAt'), value: when(q.occurred_at) },
                { label: text('requests.arrivedAt'), value: when(q.requested_at, q.requested_by_name) },
              ]
            : [{ label: text('requests.askedAt'), value: when(q.requested_at, q.requested_by_name) }]),
          ...(q.decided_at
            ? [{ label: text('requests.decidedAt'), value: when(q.decided_at, q.decided_by_name) }]
            : []),
          ...(q.decision_note ? [{ label: text('requests.note'), value: q.decision_note }] : []),
        ];
      },
      get hasEffect() {
        return this.effect !== null;
      },
      get isPending() {
        return this.shown?.state === 'pending';
      },
      get isOwn() {
        return Boolean(this.shown && session.user.employee_id === this.shown.employee_id);
      },
      get mayDecide() {
        return this.isPending && this.forOthers;
      },
      get mayRevoke() {
        return kind === 'leave' && this.shown?.state === 'approved' && this.forOthers;
      },
      get mayNote() {
        return this.mayDecide || this.mayRevoke;
      },
      get mayCancel() {
        return this.isPending && (this.isOwn || this.shown.requested_by === session.user.id);
      },
      get dayHref() {
        return kind === 'correction' && this.shown
          ? `/riwayat?day=${this.shown.employee_id}/${this.shown.work_date}`
          : '';
      },
    },
  );
}
