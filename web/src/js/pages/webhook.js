import { text } from '../language.js';
import { request, send } from '../http.js';
import { compose, list, none } from '../list.js';
import { moment } from '../moments.js';
import { start } from '../start.js';
import { ask, copied, dialog, element, form, toast } from '../ui.js';

/** @typedef {import('../api').Item<'/api/webhooks'>} Hook */

const kinds = ['attendance.recorded', 'recap.ready', 'request.changed', 'audit.head'];
const blank = { url: '', description: '', kinds: /** @type {string[]} */ ([]), active: true };
const again = 2000; // milliseconds until deliveries that wait are looked at again
const looks = 30; // how often, before the page leaves it to the reader
const mark = { pending: 'pending', delivered: 'present', dead: 'absent', dropped: 'day_off' };

/**
 * save sends what is in the form of one webhook.
 * @this {any}
 */
async function save(values) {
  const body = {
    url: values.url.trim(),
    description: values.description.trim(),
    kinds: [...values.kinds],
    active: values.active,
  };
  if (this.editing)
    await send('PATCH', '/api/webhooks/{id}', {
      path: { id: this.editing.id },
      body: { ...body, version: this.editing.version },
    });
  else Object.assign(this, { secret: (await send('POST', '/api/webhooks', { body })).secret });
  dialog('editor').close();
  if (this.secret) dialog('secret').showModal();
  else toast('good', text('ui.saved'));
  await this.load();
}

const check = (values) => ({
  ...(values.url.trim() ? {} : { url: text('hooks.wrong.url') }),
  ...(values.kinds.length > 0 ? {} : { kinds: text('hooks.wrong.kinds') }),
});

start('webhook', () => {
  /** @type {any} */
  let page = null; // the component, as Alpine knows it
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let turn = 0; // of the readings of the log
  let left = 0; // how often the log is still read by itself
  const hooks = list({ route: '/api/webhooks', limit: 0 });

  return compose(compose(hooks, form(blank, save, check)), {
    text,
    // log is the list of deliveries to the chosen webhook.
    log: list({
      route: '/api/webhooks/{id}/deliveries',
      filter: { state: '' },
      limit: 20,
      quiet: true,
      path: () => ({ id: page.chosen.id }),
    }),
    editing: /** @type {Hook} */ (none),
    secret: '',
    chosen: /** @type {Hook} */ (none),

    init() {
      page = this;
      this.refresh();
    },
    async refresh() {
      await this.load();
      if (this.chosen && !this.problem && !this.rows.some((r) => r.id === this.chosen.id)) this.chosen = none;
    },
    openNew() {
      this.editing = none;
      this.fill({ kinds: [] });
      dialog('editor').showModal();
    },
    openEdit(event) {
      this.editing = this.row(event);
      const { url, description, active } = this.editing;
      this.fill({ url, description, active, kinds: [...this.editing.kinds] });
      dialog('editor').showModal();
    },
    closeEditor() {
      dialog('editor').close();
    },
    async remove() {
      const { id, url } = this.editing;
      if (
        !(await ask({
          title: text('hooks.deleteAsk'),
          text: text('hooks.deleteWhy', { url }),
          yes: text('ui.delete'),
          danger: true,
        }))
      )
        return;
      try {
        await send('DELETE', '/api/webhooks/{id}', { path: { id } });
        dialog('editor').close();
        toast('good', text('hooks.deleted'));
        await this.refresh();
        element('title').focus(); // the button that had the focus is gone
      } catch (problem) {
        this.error = problem.message;
      }
    },

    async rotate() {
      if (!(await ask({ title: text('hooks.rotateAsk'), text: text('hooks.rotateWhy'), yes: text('hooks.rotate') })))
        return;
      try {
        this.secret = (await send('POST', '/api/webhooks/{id}/secret', { path: { id: this.editing.id } })).secret;
        dialog('editor').close();
        dialog('secret').showModal();
      } catch (problem) {
        this.error = problem.message;
      }
    },

    forget() {
      this.secret = '';
    },
    closeSecret() {
      dialog('secret').close();
    },
    async copy() {
      if (await copied(this.secret, '[data-test="secret"]')) toast('good', text('hooks.copied'));
    },

    async test(event) {
      const hook = this.row(event);
      try {
        await send('POST', '/api/webhooks/{id}/test', { path: { id: hook.id } });
        toast('good', text('hooks.tested'));
        this.choose(hook);
      } catch (problem) {
        toast('error', problem.message);
      }
    },
    openLog(event) {
      this.choose(this.row(event));
    },
    async choose(hook) {
      this.chosen = hook;
      this.log.restart();
      await this.newLog();
      element('log-title').focus();
    },
    async newLog() {
      left = looks;
      await this.loadLog();
    },
    // loadLog reads the first page, and again later while a delivery on it waits. Once more rows are below it the
    // reader has gone on, and nothing is read again under their eyes.
    async loadLog() {
      clearTimeout(timer);
      const mine = ++turn;
      await this.log.load();
      if (mine !== turn) return;
      if (this.log.rows.some((d) => d.state === 'pending') && left > 0) {
        left -= 1;
        timer = setTimeout(() => this.loadLog(), again);
      }
    },
    moreLog() {
      clearTimeout(timer);
      turn += 1;
      return this.log.more();
    },
    async replay(event) {
      try {
        await request('POST', '/api/webhooks/deliveries/{id}/replay', { path: { id: event.currentTarget.dataset.id } });
        toast('good', text('hooks.replayed'));
      } catch (problem) {
        toast('error', problem.message);
      }
      await this.newLog();
    },

    get shown() {
      return this.rows.map((r) => ({
        id: r.id,
        url: r.url,
        description: r.description,
        kinds: r.kinds.map((k) => text(`hooks.kind.${k}`)).join(' · '),
        mark: r.active ? 'present' : 'absent',
        state: text(r.active ? 'hooks.active' : 'hooks.off'),
        chosen: this.chosen?.id === r.id,
        editLabel: text('hooks.editOf', { url: r.url }),
        testLabel: text('hooks.testOf', { url: r.url }),
        logLabel: text('hooks.logOf', { url: r.url }),
      }));
    },
    get choices() {
      return kinds.map((k) => ({ value: k, label: text(`hooks.kind.${k}`) }));
    },
    get formTitle() {
      return text(this.editing ? 'hooks.edit' : 'hooks.new');
    },
    get logTitle() {
      return this.chosen ? text('hooks.logOf', { url: this.chosen.url }) : '';
    },
    get logRows() {
      return this.log.rows.map((d) => ({
        id: d.id,
        state: d.state,
        mark: mark[d.state],
        stateText: text(`hooks.state.${d.state}`),
        kind: text(`hooks.kind.${d.kind}`),
        error: d.last_error ?? '',
        meta: [
          moment(d.created_at),
          text('hooks.attempts', { n: d.attempts }),
          d.last_status ? text('hooks.answer', { n: d.last_status }) : '',
        ]
          .filter(Boolean)
          .join(' · '),
        message: d.message_id,
        payload: JSON.stringify(d.payload, null, 2),
        ended: d.state !== 'pending',
        replayLabel: text('hooks.replayOf', { id: d.message_id }),
      }));
    },
  });
});
