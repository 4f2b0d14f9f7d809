import { confirmation, get, request } from './http.js';
import { text } from './language.js';
import { compose } from './list.js';
import { dialog, element, form, required } from './ui.js';

// The dialog of dialogs.html that asks who sits there to confirm that it is still them.
const id = 'confirm';
const blank = { password: '', code: '' };
const state = {
  account: { login: '', coded: false }, // coded: the account has a second factor
  answer: /** @type {(confirmed: boolean) => void} */ (() => {}),
};

/** @type {Promise<boolean> | null} */
let asking = null; // several requests at once need one confirmation

/**
 * show opens the dialog, for the code where the account has a second factor by now, and for the password otherwise.
 * Escape means no.
 * @returns {Promise<boolean>}
 */
async function show() {
  const { user } = await get('/api/me');
  Object.assign(state.account, { login: user.login, coded: Boolean(user.second_factor_at) });
  dialog(id).showModal();
  const field = element(state.account.coded ? 'confirm-code' : 'confirm-password');
  // Alpine has asked for the next frame by then, to show the field in it.
  setTimeout(() => requestAnimationFrame(() => field.focus()), 0);
  return new Promise((resolve) => {
    state.answer = resolve;
  });
}

/** send gives the server what was typed. */
async function send({ password, code }) {
  await request('POST', '/api/me/confirm', { body: state.account.coded ? { code } : { password } });
  dialog(id).close('yes');
}

function check(values) {
  return required(values, [state.account.coded ? 'code' : 'password']);
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
      get plain() {
        return !state.account.coded;
      },
    }),
  );
}
