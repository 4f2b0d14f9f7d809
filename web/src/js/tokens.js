import { text } from './language.js';
import { get, request } from './http.js';
import { Insistence } from './insistence.js';
import { compose } from './list.js';
import { ago, moment } from './moments.js';
import { due } from './nav.js';
import { serverNow, session } from './start.js';
import { ask, copied, dialog, element, form, required, toast } from './ui.js';

const blank = { name: '', scopes: /** @type {string[]} */ ([]), branch_ids: /** @type {string[]} */ ([]), days: '90' };
const meaning = (scope) => text(`tokens.scope.${scope.replace(':', '_')}`);

/**
 * make sends the form; the secret is shown once.
 * @this {any}
 */
async function make(values) {
  const body = {
    name: values.name,
    scopes: [...values.scopes],
    branch_ids: values.branch_ids.length > 0 ? values.branch_ids.map(Number) : undefined, // for all of the user's
    days: Number(values.days),
  };
  Object.assign(this, { secret: (await request('POST', '/api/me/tokens', { body })).data.secret });
  dialog('token').close();
  dialog('token-secret').showModal();
  await this.load();
}

const check = (values) => ({
  ...required(values, ['name']),
  ...(values.scopes.length > 0 ? {} : { scopes: text('tokens.wrong.scopes') }),
});

/**
 * held is the part that a list of API tokens is everywhere: it shows them and revokes them. read gets the tokens, and
 * revoke ends one by its number; both are called with the component. Afterwards the focus is on the element of the id
 * title, since the button that had it is gone.
 * @param {{
 *   read: (this: any) => Promise<import('./api').Item<'/api/me/tokens'>[]>,
 *   revoke: (this: any, id: number) => Promise<unknown>, title: string,
 * }} of
 */
function held(of) {
  const insistence = new Insistence();
  return {
    text,
    /** @type {import('./api').Item<'/api/me/tokens'>[]} */
    rows: [],
    problem: '',
    fresh: true,
    turn: 0, // of the latest reading

    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      const turn = ++this.turn;
      const isNews = () => turn === this.turn; // else another reading began meanwhile
      try {
        const rows = await of.read.call(this);
        if (isNews()) Object.assign(this, { rows, problem: '', fresh: false });
      } catch (problem) {
        if (!isNews()) return;
        this.problem = problem.message;
        throw problem;
      }
    },
    async revoke(event) {
      const k = this.rows.find((r) => r.id === Number(event.currentTarget.dataset.id));
      if (!k) return;
      const { name } = k;
      if (
        !(await ask({
          title: text('tokens.revokeAsk', { name }),
          text: text('tokens.revokeWhy'),
          yes: text('tokens.revoke'),
          danger: true,
        }))
      )
        return;
      try {
        await of.revoke.call(this, k.id);
      } catch (problem) {
        this.problem = problem.message;
        return;
      }
      toast('good', text('tokens.revoked', { name }));
      await this.load();
      element(of.title).focus();
    },

    get empty() {
      return !this.fresh && this.rows.length === 0 && !this.problem;
    },
    get shown() {
      const names = new Map(session.branches.map((b) => [b.id, b.name]));
      const now = serverNow();
      return this.rows.map((k) => ({
        id: k.id,
        name: k.name,
        hint: `…${k.hint}`,
        over: Date.parse(k.expires_at) <= now,
        scopes: k.scopes.map(meaning).join(', '),
        branches: (k.branch_ids ?? []).map((id) => names.get(id) ?? id).join(', '),
        use: [
          text('tokens.expires', { when: moment(k.expires_at) }),
          k.last_used_at ? text('tokens.used', { ago: ago(k.last_used_at, now) }) : text('tokens.unused'),
        ].join(' · '),
        revokeLabel: text('tokens.revokeOf', { name: k.name }),
      }));
    },
  };
}

const own = held({
  async read() {
    const page = await get('/api/me/tokens');
    this.scopes = page.scopes;
    return page.items;
  },
  revoke: (id) => request('DELETE', '/api/me/tokens/{id}', { path: { id } }),
  title: 'tokens-title',
});

// userTokens is the part of the drawer of the page Pengguna that shows the API tokens of the account that is open.
export function userTokens() {
  const theirs = held({
    async read() {
      return (await get('/api/users/{id}/tokens', { path: { id: this.editing.id } })).items;
    },
    revoke(token) {
      return request('DELETE', '/api/users/{id}/tokens/{token}', { path: { id: this.editing.id, token } });
    },
    title: 'user-tokens-title',
  });
  return compose(theirs, {
    init() {
      this.$watch('editing', (user) => {
        Object.assign(this, { rows: [], problem: '', fresh: true });
        if (user) this.load();
      });
    },
  });
}

// tokens is the part of the page Profil that shows the own API tokens, and makes and revokes them.
export function tokens() {
  return compose(compose(form(blank, make, check), own), {
    /** @type {string[]} */
    scopes: [],
    secret: '',

    init() {
      if (!due(session.user)) this.load();
    },
    openNew() {
      this.fill({ scopes: [], branch_ids: [] });
      dialog('token').showModal();
    },
    closeNew() {
      dialog('token').close();
    },
    days(n) {
      return text('tokens.daysN', { n });
    },
    forget() {
      this.secret = '';
    },
    closeSecret() {
      dialog('token-secret').close();
    },
    async copy() {
      if (await copied(this.secret, '[data-test="token-secret"]')) toast('good', text('tokens.copied'));
    },

    get choices() {
      return this.scopes.map((value) => ({ value, label: meaning(value) }));
    },
    get branches() {
      return session.branches;
    },
    get scoped() {
      return ['admin', 'branch_admin'].includes(session.user.role) && session.branches.length > 1;
    },
  });
}
