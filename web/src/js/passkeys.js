import { agentName } from './agents.js';
import { get, request } from './http.js';
import { Insistence } from './insistence.js';
import { text } from './language.js';
import { compose } from './list.js';
import { ago, moment } from './moments.js';
import { add, able } from './passkey.js';
import { serverNow, session } from './start.js';
import { ask, dialog, element, form, required, toast } from './ui.js';

/** @typedef {import('./api').Item<'/api/me/passkeys'>} Passkey */

// passkeysChanged tells the part about the second factor that passkeys came or went, with recovery codes where these
// came too.
export const passkeysChanged = 'hadir-passkeys';

const tell = (/** @type {string[]} */ codes) => dispatchEvent(new CustomEvent(passkeysChanged, { detail: codes }));

/**
 * save sends the form: a new name for a passkey, or one for a new passkey.
 * @this {any}
 */
async function save({ name }) {
  const { naming } = this;
  if (naming) {
    await request('PATCH', '/api/me/passkeys/{id}', { path: { id: naming.id }, body: { name } });
    this.close();
    await this.load();
    return;
  }
  const { codes } = await add(name);
  this.close();
  toast('good', text('passkey.added'));
  await this.load();
  tell(codes);
}

const check = (values) => required(values, ['name']);

// passkeys is the part of the page Profil that shows the own passkeys, and adds, names and removes them.
export function passkeys() {
  const insistence = new Insistence();
  return compose(form({ name: '' }, save, check), {
    text,
    /** @type {Passkey[]} */
    rows: [],
    /** @type {Passkey | null} */
    naming: null,
    problem: '',
    fresh: true,

    init() {
      if (!session.user.must_change_password) this.load();
    },
    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      try {
        Object.assign(this, { rows: (await get('/api/me/passkeys')).items, problem: '' });
      } catch (problem) {
        this.problem = problem.message;
        throw problem;
      } finally {
        this.fresh = false;
      }
    },
    open(/** @type {Passkey | null} */ naming) {
      this.naming = naming;
      this.fill({ name: naming?.name ?? agentName(navigator.userAgent) });
      dialog('passkeys-dialog').showModal();
      element('passkey-name').focus();
    },
    openNew() {
      this.open(null);
    },
    rename(event) {
      this.open(this.rowOf(event));
    },
    close() {
      dialog('passkeys-dialog').close();
    },
    rowOf(event) {
      return this.rows.find((r) => r.id === Number(event.currentTarget.dataset.id)) ?? null;
    },
    async remove(event) {
      const k = this.rowOf(event);
      if (!k) return;
      const { id, name } = k;
      const yes = text('passkey.remove');
      const why = text(this.rows.length > 1 ? 'passkey.removeWhy' : 'passkey.removeLast');
      if (!(await ask({ title: text('passkey.removeAsk', { name }), text: why, yes, danger: true }))) return;
      try {
        await request('DELETE', '/api/me/passkeys/{id}', { path: { id } });
      } catch (problem) {
        this.problem = problem.message;
        return;
      }
      toast('good', text('passkey.removed', { name }));
      await this.load();
      tell([]);
      element('passkeys-title').focus();
    },

    get isAble() {
      return Boolean(session.config?.passkeys) && able();
    },
    get unable() {
      return !this.isAble;
    },
    get empty() {
      return !this.fresh && this.rows.length === 0 && !this.problem;
    },
    get title() {
      return text(this.naming ? 'passkey.rename' : 'passkey.add');
    },
    get adding() {
      return !this.naming;
    },
    get saveText() {
      return text(this.naming ? 'passkey.save' : 'passkey.make');
    },
    get shown() {
      const now = serverNow();
      return this.rows.map((k) => ({
        id: k.id,
        name: k.name,
        synced: k.synced,
        elsewhere: k.usable ? '' : k.domain,
        use: [
          text('passkey.since', { when: moment(k.created_at) }),
          k.last_used_at ? text('passkey.used', { ago: ago(k.last_used_at, now) }) : text('passkey.unused'),
        ].join(' · '),
        renameLabel: text('passkey.renameOf', { name: k.name }),
        removeLabel: text('passkey.removeOf', { name: k.name }),
      }));
    },
  });
}
