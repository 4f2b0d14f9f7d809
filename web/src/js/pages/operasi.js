import { text } from '../language.js';
import { aborted, get, request } from '../http.js';
import { compose, list, none } from '../list.js';
import { follow } from '../live.js';
import { ago, moment, number, percent } from '../moments.js';
import { start } from '../start.js';
import { ask, dialog, element, form, toast } from '../ui.js';

/** @typedef {import('../api').Answer<'GET', '/api/ops/queues'>} Queues */
/** @typedef {import('../api').Item<'/api/ops/nodes'>} Node */
/** @typedef {import('../api').Item<'/api/ops/dead-letters'>} Letter */
/** @typedef {'/api/ops/dead-letters/retry' | '/api/ops/dead-letters/discard'} Decision */

const every = 5000; // milliseconds between two looks at the machinery, while the page is visible
const gathering = 500; // milliseconds for which dead letters that arrive together are waited for
const pageSize = 50;
const mark = {
  alive: 'present',
  late: 'late',
  gone: 'absent',
  open: 'absent',
  retried: 'present',
  discarded: 'day_off',
};

// verdict compares a ratio with the bar, which it must exceed.
function verdict(ratio, bar) {
  if (ratio === null || ratio === undefined) return { verdict: text('ops.nothing'), mark: 'pending' };
  return ratio > bar ? { verdict: text('ops.above'), mark: 'present' } : { verdict: text('ops.below'), mark: 'absent' };
}

/**
 * discard gives up one dead letter, or all that the filter selects.
 * @this {any}
 */
async function discard({ reason }) {
  if (!reason.trim()) {
    this.complain({ reason: text('ops.reasonWrong') });
    return;
  }
  if (this.chosen)
    await request('POST', '/api/ops/dead-letters/{id}/discard', {
      path: { id: this.chosen.id },
      body: { reason: reason.trim() },
    });
  const n = this.chosen ? 1 : await this.decideAll('discard', reason.trim());
  dialog('discarding').close();
  toast('good', this.chosen ? text('ops.discardedNow') : text('ops.discardedMany', { n }));
  this.decided();
}

start('operasi', () => {
  let again = null;
  const letters = list({
    route: '/api/ops/dead-letters',
    filter: { q: '', kind: '', state: 'open' },
    limit: pageSize,
  });

  return compose(compose(letters, form({ reason: '' }, discard)), {
    text,
    nodes: /** @type {Node[]} */ ([]),
    queues: /** @type {Queues} */ (none),
    span: '1h',
    asOf: '',
    failedAt: '',
    chosen: /** @type {Letter | null} */ (null),
    wanted: pageSize,
    init() {
      this.recall();
      again = follow({
        channels: ['ops'],
        on: { 'dead.letter': () => again(gathering) },
        read: () => this.look(),
        every,
      });
    },
    tick() {
      again();
    },
    async look() {
      try {
        const [nodes, queues] = await Promise.all([get('/api/ops/nodes'), get('/api/ops/queues')]);
        await this.read(this.wanted);
        Object.assign(this, { nodes: nodes.items, queues, asOf: queues.as_of, failedAt: '' });
      } catch (problem) {
        if (!aborted(problem)) this.failedAt ||= this.asOf || new Date().toISOString();
        throw problem;
      }
    },
    newDead() {
      this.wanted = pageSize;
      return this.apply();
    },
    load() {
      return this.read(this.wanted).catch(() => {});
    },
    // moreDead makes every reading longer.
    moreDead() {
      this.wanted += pageSize;
      return this.load();
    },
    async retry(event) {
      try {
        await request('POST', '/api/ops/dead-letters/{id}/retry', { path: { id: event.currentTarget.dataset.id } });
        toast('good', text('ops.retriedNow'));
      } catch (problem) {
        toast('error', problem.message);
      }
      this.decided();
    },
    openDiscard(event) {
      this.chosen = this.row(event);
      this.fill();
      dialog('discarding').showModal();
    },
    openDiscardAll() {
      this.chosen = null;
      this.fill();
      dialog('discarding').showModal();
    },
    // decideAll repeats until nothing that the filter selects is open. The server takes a few hundred at a time.
    async decideAll(verb, reason) {
      for (let n = 0; ;) {
        const { data } = await request('POST', /** @type {Decision} */ (`/api/ops/dead-letters/${verb}`), {
          body: { kind: this.filter.kind, q: this.filter.q.trim(), reason },
        });
        n += data.decided;
        if (data.decided === 0) return n;
      }
    },
    async retryAll() {
      if (!(await ask({ title: text('ops.retryAllAsk'), text: text('ops.retryAllWhy'), yes: text('ops.retryAll') })))
        return;
      try {
        toast('good', text('ops.retriedMany', { n: await this.decideAll('retry', '') }));
      } catch (problem) {
        toast('error', problem.message);
      }
      this.decided();
    },
    closeDiscard() {
      dialog('discarding').close();
    },
    // The button that was pressed disappears, so decided moves the focus to the list's title.
    decided() {
      element('dead-title').focus();
      this.tick();
    },
    chooseSpan(event) {
      this.span = event.currentTarget.dataset.span;
    },

    get loaded() {
      return this.queues !== null;
    },
    get waits() {
      return this.queues === null && !this.failedAt;
    },
    get asOfText() {
      return this.asOf ? text('ops.asOf', { time: moment(this.asOf) }) : text('ui.loading');
    },
    get stale() {
      return this.failedAt ? text('ops.stale', { time: moment(this.failedAt) }) : '';
    },
    get now() {
      return Date.parse(this.asOf) || Date.now();
    },
    get nodeRows() {
      return this.nodes.map((n) => ({
        id: n.id,
        role: n.role,
        roleText: n.role === 'all' ? text('ops.role.all') : n.role,
        state: n.state,
        stateText: text(`ops.state.${n.state}`),
        mark: mark[n.state],
        host: `${n.host} · ${n.pid}`,
        version: n.version,
        started: moment(n.started_at),
        seen: ago(n.last_seen, this.now),
      }));
    },
    get noNodes() {
      return this.nodes.length === 0;
    },
    get nodeCount() {
      const count = (state) => this.nodes.filter((n) => n.state === state).length;
      return text('ops.nodeCount', { alive: count('alive'), late: count('late'), gone: count('gone') });
    },
    get bar() {
      return this.queues?.bar ?? 0.99;
    },
    get barText() {
      return text('ops.bar', { bar: percent(this.bar) });
    },
    get inSpan() {
      return (this.queues?.ratios ?? []).filter((r) => r.span === this.span);
    },
    get noRedis() {
      return this.loaded && !this.queues.now;
    },
    get hasQueues() {
      return Boolean(this.queues?.now);
    },
    get queueRows() {
      return (this.queues?.now ?? []).map((q) => {
        const own = this.inSpan.filter((r) => r.queue === q.queue);
        const [good, bad] = [own.reduce((n, r) => n + r.succeeded, 0), own.reduce((n, r) => n + r.died, 0)];
        const ratio = good + bad > 0 ? good / (good + bad) : null;
        return {
          queue: q.queue,
          pending: number(q.pending),
          active: number(q.active),
          retry: number(q.retry),
          scheduled: number(q.scheduled),
          oldest: q.latency_seconds > 0 ? text('ops.seconds', { n: number(q.latency_seconds, 1) }) : '–',
          rate: number(this.queues.rates.find((r) => r.queue === q.queue)?.per_minute ?? 0, 1),
          ratio: percent(ratio),
          ...verdict(ratio, this.bar),
          paused: text(q.paused ? 'ops.paused' : 'ops.running'),
          pausedMark: q.paused ? 'late' : 'present',
        };
      });
    },
    get spans() {
      return ['1h', '24h', '7d'].map((value) => ({
        value,
        label: text(`ops.span.${value}`),
        on: value === this.span ? 'true' : 'false',
      }));
    },
    get ratioRows() {
      return this.inSpan.map((r) => ({
        key: `${r.span}/${r.queue}/${r.kind}`,
        kindKey: r.kind,
        queue: r.queue === 'all' ? text('ops.total') : r.queue,
        kind: r.kind === 'all' ? text('ops.allKinds') : r.kind,
        perTask: percent(r.ratio_per_task),
        perAttempt: percent(r.ratio_per_attempt),
        ...verdict(r.ratio_per_task, this.bar),
        succeeded: number(r.succeeded),
        died: number(r.died),
        retried: number(r.retried),
      }));
    },
    get noRatios() {
      return this.inSpan.every((r) => r.succeeded + r.died + r.retried === 0);
    },
    get hasRatios() {
      return !this.noRatios;
    },
    get kinds() {
      const seen = new Set([
        ...(this.queues?.ratios ?? []).map((r) => r.kind),
        ...this.rows.map((d) => d.kind),
        this.filter.kind,
      ]);
      seen.delete('all');
      seen.delete('');
      return [...seen].sort((a, b) => a.localeCompare(b));
    },
    get deadRows() {
      return this.rows.map((d) => ({
        id: d.id,
        kind: d.kind,
        state: d.state,
        stateText: text(`ops.state.${d.state}`),
        mark: mark[d.state],
        open: d.state === 'open',
        error: d.error,
        meta: [d.queue, text('ops.attempts', { n: d.attempts }), moment(d.died_at), d.task_id]
          .filter(Boolean)
          .join(' · '),
        reason: d.reason ? text('ops.reasonWas', { reason: d.reason }) : '',
        payload: typeof d.payload === 'string' ? d.payload : JSON.stringify(d.payload, null, 2),
        retryLabel: `${text('ops.retry')}: ${d.kind} ${d.id}`,
        discardLabel: `${text('ops.discard')} ${d.kind} ${d.id}`,
      }));
    },
    get manyOpen() {
      return this.filter.state === 'open' && this.rows.length > 1;
    },
    get noDead() {
      return this.loaded && this.empty;
    },
    get discardTitle() {
      return this.chosen ? text('ops.discardTitle', { kind: this.chosen.kind }) : text('ops.discardAll');
    },
    get wrongReason() {
      return Boolean(this.errors.reason);
    },
  });
});
