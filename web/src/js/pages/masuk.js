import { device } from '../device.js';
import { otherLanguage, text } from '../language.js';
import { Problem, request } from '../http.js';
import { profile, within } from '../nav.js';
import { home, session, signOut, speak, start } from '../start.js';
import { form, required, typed } from '../ui.js';

const asked = new URLSearchParams(location.search);
const first = 1000; // milliseconds until a sign-out is tried again, doubled with every try
const most = 60_000;

// safeNext returns where to go after signing in. It refuses other sites, and pages that somebody else was on.
function safeNext(user) {
  const begin = home({ ...user, must_change_password: false });
  const theirs = !asked.has('user') || asked.get('user') === String(user.id);
  const next = (theirs && within(asked.get('next') ?? '')) || begin;
  return user.must_change_password ? `${profile}?${new URLSearchParams({ next })}` : next;
}

start('masuk', () => ({
  leaving: device.leaving !== 0,
  other: asked.has('other'),
  timer: 0,
  ...form(
    { login: typed('login'), password: typed('password') },
    async function signIn(values) {
      await signOut(); // of whoever was here before, if the server has not heard of it yet
      const { data } = await request('POST', '/api/login', { body: values, stay: true });
      await device.enter(data.user.id);
      location.assign(safeNext(data.user));
      await new Promise(() => {}); // the page is being left
    },
    (values) => required(values, ['login', 'password']),
  ),
  init() {
    this.finish(first);
    addEventListener('online', () => this.finish(first));
    device.listen(() => {
      this.leaving = device.leaving !== 0;
    });
    addEventListener('pageshow', () => this.finish(first));
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
  get demo() {
    return session.config?.demo ?? false;
  },
  get otherLanguage() {
    return text('language.other');
  },
  switchLanguage() {
    return speak(otherLanguage());
  },
}));
