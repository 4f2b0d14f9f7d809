import { actions, tables } from '../audited.js';
import { text, textOr } from '../language.js';
import { get } from '../http.js';
import { Insistence } from '../insistence.js';
import { differences } from '../difference.js';
import { moment } from '../moments.js';
import { compose, list } from '../list.js';
import { start } from '../start.js';
import { copied, element } from '../ui.js';

const blank = { from: '', to: '', login: '', action: '', table: '', row: '' };

// what translates an action as far as there is a translation, and leaves the rest as it is in the log.
function what(action) {
  const [noun, verb] = [action.slice(0, action.indexOf('.')), action.slice(action.indexOf('.') + 1)];
  return action.includes('.') ? `${textOr(`audit.noun.${noun}`, noun)} ${textOr(`audit.verb.${verb}`, verb)}` : action;
}

function value(v) {
  if (v === undefined) return '';
  if (v === null || v === '') return text('audit.empty');
  if (typeof v === 'boolean') return text(v ? 'audit.yes' : 'audit.no');
  if (typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(v)) return moment(v);
  return typeof v === 'object' ? JSON.stringify(v) : String(v);
}

const cli = 'cli:';

// nobody names who did what no signed-in user did.
function nobody(e) {
  if (e.address.startsWith(cli)) return text('audit.cli', { user: e.address.slice(cli.length) });
  return text(e.address && /^user\.(sign_in_|created)/.test(e.action) ? 'audit.stranger' : 'audit.system');
}

// midnight is the beginning of a date on this device, so many days later.
function midnight(date, days = 0) {
  const [y, m, d] = date.split('-').map(Number);
  return new Date(y, m - 1, d + days).toISOString();
}

const query = ({ from, to, ...rest }) => ({
  ...rest,
  from: from && midnight(from),
  to: to && midnight(to, 1),
});

start('audit', () =>
  compose(list({ route: '/api/audit', filter: blank, query }), {
    text,
    logins: /** @type {import('../api').Item<'/api/users'>[]} */ ([]),
    walk: { busy: false, last: 0, head: 1, broken: 0, fault: '', done: false, kind: 'info', error: '' },
    head: /** @type {import('../api').Answer<'GET', '/api/audit/head'> | null} */ (null),
    headless: false, // the head could not be read
    copied: '',
    tables,
    actions,

    init() {
      this.begin();
      new Insistence().try(() => this.loadHead());
    },
    async loadHead() {
      try {
        Object.assign(this, { head: await get('/api/audit/head'), headless: false });
      } catch (problem) {
        this.headless = true; // the list says what is wrong
        throw problem;
      }
    },
    async copyHead() {
      const yes = await copied(this.headCopy, '[data-test="head-text"]');
      this.copied = text(yes ? 'audit.head.copied' : 'audit.head.marked');
    },
    onlyRow(event) {
      const { table, row } = event.currentTarget.dataset;
      this.filter = { ...blank, table, row };
      this.apply();
      element('table').focus();
    },
    async suggest() {
      const q = this.filter.login.trim();
      if (q.length < 2) return;
      try {
        this.logins = (await get('/api/users', { query: { q, limit: 10 } })).items;
      } catch {
        /* typing on asks again */
      }
    },
    // verify asks for one part of the chain after the other, so that a long log holds up neither the server nor the
    // page.
    async verify() {
      this.walk = { busy: true, last: 0, head: 1, broken: 0, fault: '', done: false, kind: 'info', error: '' };
      try {
        for (let part = { done: false, last: 0 }; !part.done;) {
          part = await get('/api/audit/verify', { query: { after: part.last } });
          Object.assign(this.walk, {
            last: part.last,
            head: Math.max(1, part.head),
            broken: part.broken,
            fault: part.fault,
          });
        }
        Object.assign(this.walk, { done: true, kind: this.walk.broken ? 'error' : 'good' });
      } catch (problem) {
        Object.assign(this.walk, { kind: 'error', error: problem.message });
      }
      this.walk.busy = false;
    },

    get walkText() {
      const { busy, last, head, broken, done, error } = this.walk;
      if (busy) return text('audit.verifying', { last, head });
      if (broken) return text('audit.broken', { id: broken, fault: text(`audit.fault.${this.walk.fault}`) });
      return done ? text('audit.whole', { n: last }) : error;
    },
    get headSeen() {
      return this.head ? '' : 'invisible';
    },
    get headText() {
      const { id, at } = this.head ?? {};
      return id ? text('audit.head.at', { id, at: moment(at) }) : text('audit.head.none');
    },
    get headCopy() {
      return this.head?.id ? `${this.head.id}:${this.head.hash}` : '';
    },
    get verifiedText() {
      const { verified_at: at, verified_last: last, fault } = this.head ?? {};
      if (!at) return text('audit.head.never');
      return fault
        ? text('audit.head.broken', { at: moment(at), last, fault: text(`audit.fault.${fault}`) })
        : text('audit.head.verified', { at: moment(at), last });
    },
    get headClass() {
      return this.head?.fault ? 'text-bad' : 'text-muted';
    },
    get unkeyed() {
      return Boolean(this.head?.id) && !this.head.key;
    },
    get shown() {
      return this.rows.map((e) => {
        const changes = differences(e.before, e.after).map((c) => ({
          field: textOr(`audit.name.${c.field}`, c.field) || '—',
          name: c.field,
          before: value(c.before),
          after: value(c.after),
        }));
        const who =
          e.user_id === 0
            ? nobody(e)
            : e.user_name || e.user_login
              ? `${e.user_name} (${e.user_login})`
              : text('audit.someone', { id: e.user_id });
        return {
          id: e.id,
          at: moment(e.at),
          action: e.action,
          table: e.table,
          row: e.row,
          what: what(e.action),
          where: e.row ? `#${e.row}` : '',
          who: [who, e.address && !e.address.startsWith(cli) && text('audit.from.address', { address: e.address })]
            .filter(Boolean)
            .join(' '),
          code: `${e.action} · ${text('audit.rowOf', { table: e.table, row: e.row })} · ${e.id}`,
          changes,
          changed: changes.length > 0,
          same: changes.length === 0,
          count: changes.length > 0 ? text('audit.changes', { n: changes.length }) : '',
        };
      });
    },
  }),
);
