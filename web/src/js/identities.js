import { get, Problem, request } from './http.js';
import { Insistence } from './insistence.js';
import { text } from './language.js';
import { ago, moment } from './moments.js';
import { serverNow, session } from './start.js';
import { depart } from './trip.js';
import { ask, element, toast } from './ui.js';

/** @typedef {import('./api').Answer<'GET', '/api/me/oidc'>} Own */

// passwordSet tells that the account has a password by now.
export const passwordSet = 'hadir-password-set';

// identities is the part of the page Profil that shows who somebody is to the OpenID Connect provider, links the
// account with it, and ends that.
export function identities() {
  const insistence = new Insistence();
  return {
    text,
    own: /** @type {Own} */ ({ linked: false, items: [] }),
    problem: '',
    busy: false,
    noPassword: Boolean(session.user.no_password),

    init() {
      addEventListener(passwordSet, () => {
        this.noPassword = false;
      });
      if (!session.user.must_change_password) this.load();
    },
    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      try {
        Object.assign(this, { own: await get('/api/me/oidc'), problem: '' });
      } catch (problem) {
        this.problem = problem.message;
        throw problem;
      }
    },
    async link() {
      await this.trying(() => depart('link', session.user.id));
    },
    async unlink(event) {
      const row = this.own.items.find((i) => i.id === Number(event.currentTarget.dataset.id));
      if (!row) return;
      const { id, name } = row;
      const question = { title: text('provider.unlinkAsk', { name }), text: text('provider.unlinkWhy') };
      if (!(await ask({ ...question, yes: text('provider.unlink'), danger: true }))) return;
      await this.trying(async () => {
        await request('DELETE', '/api/me/oidc/{id}', { path: { id } });
        toast('good', text('provider.unlinked'));
        await this.load();
        element('identities-title').focus();
      });
    },
    // trying does something and shows what kept it from being done.
    async trying(act) {
      if (this.busy) return;
      Object.assign(this, { busy: true, problem: '' });
      try {
        await act();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.problem = problem.message;
      } finally {
        this.busy = false;
      }
    },

    get matters() {
      if (session.user.must_change_password) return false; // what is due comes first
      return Boolean(session.config?.provider) || this.own.items.length > 0;
    },
    get linkable() {
      return Boolean(this.own.provider) && !this.own.linked;
    },
    get title() {
      return text('provider.title', { name: this.own.provider ?? session.config?.provider ?? '' });
    },
    get shown() {
      const now = serverNow();
      return this.own.items.map((i) => ({
        id: i.id,
        name: i.name,
        issuer: i.issuer,
        use: [
          text('provider.since', { when: moment(i.created_at) }),
          i.last_used_at ? text('provider.used', { ago: ago(i.last_used_at, now) }) : text('provider.unused'),
        ].join(' · '),
        unlinkLabel: text('provider.unlinkOf', { name: i.name }),
      }));
    },
  };
}
