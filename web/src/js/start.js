import Alpine from '@alpinejs/csp';
import { clockTime, language, otherLanguage, setLanguage, text } from './language.js';
import { get, request } from './http.js';
import { connection } from './live.js';
import { pagesFor } from './nav.js';
import { ui } from './ui.js';

// session is who is signed in; pages that need nobody leave it empty.
export const session = { user: null, employee: null, branches: [], config: null };

// clockOffset is how far this device's clock is behind the server's, in milliseconds.
export const clockOffset = { ms: 0 };
export function serverNow() { return Date.now() + clockOffset.ms; }
export function learnTime(now) { if (now) clockOffset.ms = Date.parse(now) - Date.now(); }

// home is where a role begins.
export function home(user) {
  if (user.role === 'ops') return '/operasi';
  return user.role === 'employee' ? '/' : '/dasbor';
}

function shell() {
  return {
    text,
    get name() { return session.user?.name ?? ''; },
    get otherLanguage() { return text('language.other'); },
    get live() { return connection.state.shown; },
    get state() { return connection.state.name; },
    get stateText() {
      const { name, since } = connection.state;
      return text(`state.${name}`, { time: clockTime(since, Intl.DateTimeFormat().resolvedOptions().timeZone) });
    },
    get links() {
      return pagesFor(session.user).map(({ href, name, group }) => ({ href, group, label: text(name), current: href === location.pathname ? 'page' : false }));
    },
    switchLanguage() { setLanguage(otherLanguage()); },
    async signOut() {
      try { await request('POST', '/api/logout', { stay: true }); } finally { location.assign('/masuk'); }
    },
  };
}

// start runs a page: it learns who is signed in, then lets Alpine take over. page makes the component of the given name.
export async function start(name, page, { signedIn = true } = {}) {
  document.documentElement.lang = language.state.now;
  language.state = Alpine.reactive(language.state);
  connection.state = Alpine.reactive(connection.state);
  Alpine.directive('t', (el, { expression }, { effect }) => effect(() => { el.textContent = text(expression); }));
  Alpine.data('shell', shell);
  ui(Alpine);
  const [config, me] = await Promise.all([get('/api/config', { stay: true }).catch(() => null), signedIn ? get('/api/me') : null]);
  session.config = config;
  if (config?.setup_required && location.pathname !== '/mulai') { location.replace('/mulai'); return; }
  if (me) {
    Object.assign(session, { user: me.user, employee: me.employee, branches: me.branches });
    learnTime(me.now);
  }
  Alpine.data(name, page);
  Alpine.start();
}

export { text };
