import { otherLanguage, setLanguage, text } from '../language.js';
import { request } from '../http.js';
import { home, session, start } from '../start.js';
import { form, required, typed } from '../ui.js';

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
  ...form({ login: typed('login'), password: typed('password') }, async function signIn(values) {
    const { data } = await request('POST', '/api/login', { body: values, stay: true });
    location.assign(safeNext(data.user));
    await new Promise(() => {}); // the page is being left
  }, (values) => required(values, ['login', 'password'])),
  wrong(field) { return Boolean(this.errors[field]); },
  get demo() { return session.config?.demo ?? false; },
  get otherLanguage() { return text('language.other'); },
  switchLanguage() { setLanguage(otherLanguage()); },
}), { signedIn: false });
