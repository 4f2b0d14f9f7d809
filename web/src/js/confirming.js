import { confirmation, get, Problem, request } from './http.js';
import { text } from './language.js';
import { compose, none } from './list.js';
import { dialog, focusShown, form, required } from './ui.js';

// The dialog of dialogs.html that asks who sits there to confirm that it is still them.
const id = 'confirm';
const blank = { password: '', code: '' };
const state = {
  account: { login: '', coded: false, keyed: false, provider: '', open: true, id: 0 }, // see show
  answer: /** @type {(confirmed: boolean) => void} */ (() => {}),
};

/** @type {Promise<boolean> | null} */
let asking = null; // several requests at once need one confirmation

/**
 * show opens the dialog, for the code where the account has a second factor by now (coded), which may be a passkey
 * (keyed), and for the password otherwise, or the provider with which it is linked. An account that is not open has no
 * password. Escape means no.
 * @returns {Promise<boolean>}
 */
async function show() {
  const { user } = await get('/api/me');
  const coded = Boolean(user.second_factor_at);
  const { app, usable_passkeys } = coded ? await get('/api/me/second-factor') : { app: false, usable_passkeys: 0 };
  const keyed = usable_passkeys > 0 && 'PublicKeyCredential' in globalThis;
  const there = coded ? null : await get('/api/me/oidc');
  const provider = (there?.linked && there.provider) || '';
  const open = !(user.no_password && provider);
  Object.assign(state.account, { id: user.id, login: user.login, coded, keyed, provider, open });
  dialog(id).showModal();
  const first = coded ? (keyed && !app ? 'passkey' : 'code') : open ? 'password' : 'provider';
  focusShown(`confirm-${first}`);
  return new Promise((resolve) => {
    state.answer = resolve;
  });
}

/**
 * send gives the server what was typed, or what a passkey answered.
 * @this {any}
 */
async function send({ password, code }) {
  const { proof: passkey } = this;
  Object.assign(this, { proof: none });
  const body = passkey ? { passkey } : state.account.coded ? { code } : { password };
  await request('POST', '/api/me/confirm', { body });
  dialog(id).close('yes');
}

/**
 * check names what is missing.
 * @this {any}
 */
function check(values) {
  return this.proof ? {} : required(values, [state.account.coded ? 'code' : 'password']);
}

// confirming registers the dialog's component, and lets requests ask.
export function confirming(Alpine) {
  state.account = Alpine.reactive(state.account);
  confirmation.ask = () => {
    asking ??= show().finally(() => {
      asking = null;
    });
    return asking;
  };
  Alpine.data('confirm', () =>
    compose(form(blank, send, check), {
      text,
      proof: none, // of a passkey, for the next request
      async usePasskey() {
        // The dialog is on every page, and few people ever see this part of it.
        const { submitProved } = await import('./passkey.js');
        await submitProved(this);
      },
      async useProvider() {
        const { depart } = await import('./trip.js');
        try {
          await depart('confirm', state.account.id);
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem;
          this.error = problem.message;
        }
      },
      refuse() {
        dialog(id).close('');
      },
      closed() {
        state.answer(dialog(id).returnValue === 'yes');
        dialog(id).returnValue = '';
        this.fill();
      },
      get login() {
        return state.account.login;
      },
      get coded() {
        return state.account.coded;
      },
      get keyed() {
        return state.account.keyed;
      },
      get plain() {
        return !state.account.coded && state.account.open;
      },
      get typed() {
        return state.account.coded || state.account.open;
      },
      get elsewhere() {
        return state.account.provider !== '';
      },
      get providerText() {
        return text('provider.confirm', { name: state.account.provider });
      },
      get providerWhy() {
        return text('provider.confirmWhy', { name: state.account.provider });
      },
    }),
  );
}
