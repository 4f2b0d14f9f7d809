import { text } from '../language.js';
import { get, request } from '../http.js';
import { moment } from '../moments.js';
import { home, session, start } from '../start.js';
import { ask, form, toast } from '../ui.js';

const kinds = ['attendance.recorded', 'recap.ready', 'request.changed'];
const blank = { url: '', description: '', kinds: [], active: true };
const again = 2000; // milliseconds until deliveries that wait are looked at again
const looks = 30; // how often, before the page leaves it to the reader
const mark = { pending: 'pending', delivered: 'present', dead: 'absent', dropped: 'day_off' };
const dialog = (id) => document.getElementById(id);

// sentences says in the page's language what is wrong with the fields that the server names.
function sentences(problem) {
  for (const e of problem.errors ?? []) {
    const field = e.field.replace(/[.[].*/, '');
    if (['url', 'kinds', 'description'].includes(field)) e.message = text(`hooks.wrong.${field}`);
    e.field = field;
  }
  if (problem.code === 'conflict') problem.message = text('hooks.wrong.many');
  return problem;
}

async function send(method, path, body) {
  try {
    return (await request(method, path, { body })).data;
  } catch (problem) {
    throw sentences(problem);
  }
}

start('webhook', () => {
  let timer = null;
  let search = null;
  return {
    text,
    rows: [],
    problem: '',
    fresh: true,
    editing: null,
    secret: '',
    chosen: null,
    log: [],
    next: '',
    state: '',
    logProblem: '',
    logFresh: true,
    left: 0,
    ...form(
      blank,
      async function save(values) {
        const body = {
          url: values.url.trim(),
          description: values.description.trim(),
          kinds: [...values.kinds],
          active: values.active,
        };
        if (this.editing)
          await send('PATCH', `/api/webhooks/${this.editing.id}`, { ...body, version: this.editing.version });
        else this.secret = (await send('POST', '/api/webhooks', body)).secret;
        dialog('editor').close();
        if (this.secret) dialog('secret').showModal();
        else toast('good', text('ui.saved'));
        await this.load();
      },
      (values) => ({
        ...(values.url.trim() ? {} : { url: text('hooks.wrong.url') }),
        ...(values.kinds.length > 0 ? {} : { kinds: text('hooks.wrong.kinds') }),
      }),
    ),

    init() {
      this.load();
    },
    async load() {
      try {
        Object.assign(this, { rows: (await get('/api/webhooks')).items, problem: '' });
        if (this.chosen && !this.rows.some((r) => r.id === this.chosen.id)) this.chosen = null;
      } catch (problem) {
        this.problem = problem.message;
      }
      this.fresh = false;
    },
    row(event) {
      const id = Number(event.currentTarget.dataset.id);
      return this.rows.find((r) => r.id === id);
    },

    openNew() {
      this.editing = null;
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
    wrong(field) {
      return Boolean(this.errors[field]);
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
        await send('DELETE', `/api/webhooks/${id}`);
        dialog('editor').close();
        toast('good', text('hooks.deleted'));
        await this.load();
        document.getElementById('title').focus(); // the button that had the focus is gone
      } catch (problem) {
        this.error = problem.message;
      }
    },

    async rotate() {
      if (!(await ask({ title: text('hooks.rotateAsk'), text: text('hooks.rotateWhy'), yes: text('hooks.rotate') })))
        return;
      try {
        this.secret = (await send('POST', `/api/webhooks/${this.editing.id}/secret`, {})).secret;
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
      try {
        await navigator.clipboard.writeText(this.secret);
        toast('good', text('hooks.copied'));
      } catch {
        // without https there is no clipboard: mark it, so that a key or a long press copies it
        getSelection().selectAllChildren(document.querySelector('[data-test="secret"]'));
      }
    },

    async test(event) {
      const hook = this.row(event);
      try {
        await send('POST', `/api/webhooks/${hook.id}/test`);
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
      Object.assign(this, { chosen: hook, log: [], next: '', state: '', logFresh: true });
      await this.newLog();
      document.getElementById('log-title').focus();
    },
    async newLog() {
      this.left = looks;
      await this.loadLog();
    },
    query(cursor) {
      return `/api/webhooks/${this.chosen.id}/deliveries?${new URLSearchParams({ limit: 20, cursor, ...(this.state ? { state: this.state } : {}) })}`;
    },
    // loadLog reads the first page, and again later while something on it waits. More pages that were opened are read anew then.
    async loadLog() {
      clearTimeout(timer);
      search?.abort();
      search = new AbortController();
      const mine = this.chosen;
      try {
        const page = await get(this.query(''), { signal: search.signal });
        Object.assign(this, { log: page.items, next: page.next_cursor, logProblem: '', logFresh: false });
      } catch (problem) {
        if (problem.name === 'AbortError') return;
        Object.assign(this, { logProblem: problem.message, logFresh: false });
      }
      if (mine && this.log.some((d) => d.state === 'pending') && this.left > 0) {
        this.left -= 1;
        timer = setTimeout(() => this.loadLog(), again);
      }
    },
    async more() {
      clearTimeout(timer);
      try {
        const page = await get(this.query(this.next));
        this.log.push(...page.items);
        this.next = page.next_cursor;
      } catch (problem) {
        this.logProblem = problem.message;
      }
    },
    async replay(event) {
      try {
        await request('POST', `/api/webhooks/deliveries/${event.currentTarget.dataset.id}/replay`);
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
    get hasRows() {
      return this.rows.length > 0;
    },
    get empty() {
      return !this.fresh && this.rows.length === 0 && !this.problem;
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
      return this.log.map((d) => ({
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
    get logNone() {
      return !this.logFresh && this.log.length === 0 && !this.logProblem;
    },
  };
});
