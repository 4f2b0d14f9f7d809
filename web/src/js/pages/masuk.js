import { device } from '../device.js';
import { otherLanguage, text } from '../language.js';
import { Problem, request } from '../http.js';
import { compose } from '../list.js';
import { passkeyDoor } from '../passkey_door.js';
import { providerDoor } from '../provider_door.js';
import { due, profile, within } from '../nav.js';
import { begin, session, signOut, speak, start } from '../start.js';
import { element, form, required, typed } from '../ui.js';
import { unsent } from '../unsent.js';

const asked = new URLSearchParams(location.search);
const first = 1000; // milliseconds until a sign-out is tried again, doubled with every try
const most = 60_000;

// safeNext returns where to go after signing in. It refuses other sites, and pages that somebody else was on.
function safeNext(user) {
  const theirs = !asked.has('user') || asked.get('user') === String(user.id);
  const next = (theirs && within(asked.get('next') ?? '')) || begin(user);
  return due(user) ? `${profile}?${new URLSearchParams({ next })}` : next;
}

/**
 * enter goes on as the user who has signed in.
 * @param {import('../api').Answer<'POST', '/api/login/code'>['user']} user
 */
async function enter(user) {
  await device.enter(user.id);
  location.assign(safeNext(user));
  await new Promise(() => {}); // the page is being left
}

/**
 * signIn sends login and password, and afterwards the code if the account asks for one.
 * @this {any}
 */
async function signIn({ login, password, code }) {
  if (this.pending) {
    await this.sendCode(code);
    return;
  }
  await signOut(); // of whoever was here before, if the server has not heard of it yet
  const { data } = await request('POST', '/api/login', { body: { login, password }, stay: true });
  await goOn(this, data);
}

/**
 * goOn enters, or asks for the second step where the account has one.
 * @param {any} page
 * @param {import('../api').Answer<'POST', '/api/login'>} data
 */
async function goOn(page, data) {
  if (data.user) await enter(data.user);
  Object.assign(page, { pending: data.pending, offered: Boolean(data.passkey) });
  setTimeout(() => element(page.hasPasskey ? 'passkey' : 'code').focus(), 0); // once it is shown
}

/**
 * check names what is missing in the step that is shown.
 * @this {any}
 */
function check(values) {
  return required(values, this.pending ? ['code'] : ['login', 'password']);
}

const door = compose(passkeyDoor(enter), providerDoor(goOn));

start('masuk', () =>
  compose(compose(form({ login: typed('login'), password: typed('password'), code: '' }, signIn, check), door), {
    text,
    pending: '', // names a sign-in that waits for its code
    leaving: device.leaving !== 0,
    other: asked.has('other'),
    reset: asked.has('reset'), // the password is another since a moment ago
    unsent: 0, // punches of anybody that wait in this browser
    timer: /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined),
    // sendCode sends the code. Where it came too late the password is asked for again.
    async sendCode(code) {
      try {
        const { data } = await request('POST', '/api/login/code', {
          body: { pending: this.pending, code },
          stay: true,
        });
        await enter(data.user);
      } catch (problem) {
        if (problem.status !== 401) throw problem;
        this.back();
        this.error = text('signIn.late');
      }
    },
    // back begins anew.
    back() {
      this.pending = '';
      this.fill({ login: this.values.login });
    },
    get waits() {
      return this.pending !== '';
    },
    get begins() {
      return this.pending === '';
    },
    init() {
      this.finish(first);
      addEventListener('online', () => this.finish(first));
      device.listen(() => {
        this.leaving = device.leaving !== 0;
      });
      addEventListener('pageshow', () => this.finish(first));
      this.arrive();
      unsent().then((n) => {
        this.unsent = n;
      });
    },
    get hasUnsent() {
      return this.unsent > 0;
    },
    get unsentText() {
      return text('signIn.unsent', { n: this.unsent });
    },
    // finish signs out whoever asked for it while the server could not be reached, and repeats that until it is done.
    async finish(wait) {
      clearTimeout(this.timer);
      this.leaving = device.leaving !== 0;
      if (!this.leaving) return;
      try {
        await signOut();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.finish(Math.min(2 * wait, most)), wait);
      }
      this.leaving = device.leaving !== 0;
    },
    get forgets() {
      return this.begins && Boolean(session.config?.mail_resets);
    },
    get demo() {
      return session.config?.demo ?? false;
    },
    get otherLanguage() {
      return text('language.other');
    },
    switchLanguage() {
      return speak(otherLanguage());
    },
  }),
);
