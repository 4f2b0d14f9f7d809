import { otherLanguage, setLanguage, text } from '../language.js';
import { request } from '../http.js';
import { home, session, start } from '../start.js';
import { typed } from '../ui.js';

// safeNext keeps a link from sending people to another site after they signed in.
function safeNext(user) {
  const next = new URLSearchParams(location.search).get('next') ?? '';
  try {
    const url = new URL(next, location.origin);
    if (next.startsWith('/') && url.origin === location.origin) return url.pathname + url.search;
  } catch { /* not an address */ }
  return home(user);
}

start('masuk', () => ({
  login: typed('login'), password: typed('password'), error: '', busy: false,
  get demo() { return session.config?.demo ?? false; },
  get otherLanguage() { return text('language.other'); },
  switchLanguage() { setLanguage(otherLanguage()); },
  async submit() {
    if (this.busy) return;
    this.busy = true;
    this.error = '';
    try {
      const { data } = await request('POST', '/api/login', { body: { login: this.login, password: this.password }, stay: true });
      location.assign(safeNext(data.user));
    } catch (problem) {
      this.error = problem.message;
      this.busy = false;
    }
  },
}), { signedIn: false });
