import { otherLanguage, text } from '../language.js';
import { hush, sayOf } from '../away.js';
import { request } from '../http.js';
import { Insistence } from '../insistence.js';
import { compose, none } from '../list.js';
import { able, submitProved } from '../passkey.js';
import { session, speak, start } from '../start.js';
import { focusShown, form, required, shortestPassword } from '../ui.js';

// The link of the e-mail ends with # and a token: what stands behind it is sent to nobody, and stands in no log.
const taken = () => {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, '', location.pathname);
  return token;
};

/**
 * send asks for a link, or chooses the password with one.
 * @this {any}
 */
async function send({ login, password, code }) {
  if (this.asks) {
    await request('POST', '/api/password-resets', { body: { login: login.trim() }, stay: true });
    Object.assign(this, { sent: true });
    focusShown('sent');
    return;
  }
  // In the place of a code there may be the answer of a passkey, which counts once.
  const second = this.proof ? { passkey: this.proof } : this.coded ? { code } : {};
  Object.assign(this, { proof: none });
  try {
    const body = { token: this.token, password, ...second };
    await request('POST', '/api/password-resets/use', { body, stay: true });
  } catch (problem) {
    if (problem.code !== 'link_over') throw problem;
    this.over(problem.message);
    return;
  }
  location.replace('/masuk?reset');
  await new Promise(() => {}); // the page is being left
}

/**
 * check names what is missing in the step that is shown.
 * @this {any}
 */
function check(values) {
  if (this.asks) return required(values, ['login']);
  return { ...checkPassword(values), ...required(values, this.coded && !this.proof ? ['code'] : []) };
}

const checkPassword = (values) => ({
  ...(values.password.length < shortestPassword ? { password: text('reset.short') } : {}),
  ...required(values, ['password']),
});

const insistence = new Insistence();

start('lupa', () =>
  compose(form({ login: '', password: '', code: '' }, send, check), {
    text,
    token: '', // of the link that was opened
    /** @type {import('../api').Answer<'POST', '/api/password-resets/check'> | null} */
    open: null, // what the link is good for
    sent: false,
    visible: false,
    proof: /** @type {import('../passkey').Proof} */ (none), // of a passkey, for the next request
    init() {
      this.read();
      addEventListener('hashchange', () => this.read());
    },
    // read finds out what a link is good for.
    async read() {
      const token = taken();
      if (!token) return;
      Object.assign(this, { token, open: null, sent: false });
      this.fill();
      await insistence.try(() => this.check(token));
    },
    async check(token) {
      try {
        const { data } = await request('POST', '/api/password-resets/check', { body: { token }, stay: true });
        if (this.token === token) this.open = data;
        hush();
      } catch (problem) {
        if (this.token !== token) return;
        if (problem.passing) {
          sayOf(problem);
        } else {
          hush();
          this.over(problem.message);
        }
        throw problem;
      }
    },
    // over begins anew: the link is good for nothing.
    over(why) {
      Object.assign(this, { token: '', open: null });
      this.fill();
      this.error = why;
    },

    // usePasskey proves with a passkey what a code would.
    usePasskey() {
      const body = { token: this.token };
      const ask = () => request('POST', '/api/password-resets/passkey', { body, stay: true });
      return submitProved(this, checkPassword(this.values), ask);
    },

    get off() {
      return session.config?.mail_resets === false;
    },
    get asks() {
      return !this.off && !this.sent && this.token === '';
    },
    get chooses() {
      return this.open !== null;
    },
    get shown() {
      return this.asks || this.chooses;
    },
    get coded() {
      return Boolean(this.open?.second_factor);
    },
    get keyed() {
      return Boolean(this.open?.passkey) && able();
    },
    get login() {
      return this.open?.login ?? '';
    },
    get why() {
      return text('reset.choose', { login: this.login });
    },
    get kind() {
      return this.visible ? 'text' : 'password';
    },
    get button() {
      return text(this.chooses ? 'reset.save' : 'reset.ask');
    },
    get otherLanguage() {
      return text('language.other');
    },
    switchLanguage() {
      return speak(otherLanguage());
    },
  }),
);
