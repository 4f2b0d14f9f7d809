import Alpine from '@alpinejs/csp';
import { clockTime, language, markUnsaved, otherLanguage, setLanguage, text, unsaved } from './language.js';
import { get, request } from './http.js';
import { configure, connection } from './live.js';
import { pagesFor } from './nav.js';
import { nextTheme, theme } from './theme.js';
import { drawers } from './drawers.js';
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

// speak changes the language of the pages and of the account, which mails and reports follow. What the server cannot be told
// now is told by the next page.
function speak(next) {
  setLanguage(next);
  if (!session.user) return;
  markUnsaved(next);
  save(next);
}

function save(next) {
  request('PATCH', '/api/me', { body: { locale: next }, stay: true }).then(() => { if (unsaved() === next) markUnsaved(''); }).catch(() => {});
}

// follow puts the pages into the account's language, unless this device knows better.
function follow(locale) {
  const chosen = unsaved();
  if (chosen) save(chosen);
  else if (locale !== language.state.now) setLanguage(locale);
}

function shell() {
  return {
    text, menuOpen: false, dataOpen: false,
    get name() { return session.user?.name ?? ''; },
    get otherLanguage() { return text('language.other'); },
    get otherCode() { return otherLanguage().toUpperCase(); },
    get languageLabel() { return `${this.otherCode} · ${text('nav.language', { name: text('language.other') })}`; },
    get live() { return connection.state.shown; },
    get state() { return connection.state.name; },
    get stateText() {
      const { name, since } = connection.state;
      return text(`state.${name}`, { time: clockTime(since, Intl.DateTimeFormat().resolvedOptions().timeZone) });
    },
    get stateWhy() { return text(`state.why.${connection.state.name}`); },
    get links() {
      return pagesFor(session.user).map(({ href, name, group }) => ({ href, group, label: text(name), current: href === location.pathname ? 'page' : false }));
    },
    get mainLinks() { return this.links.filter((l) => l.group !== 'data'); },
    get dataLinks() { return this.links.filter((l) => l.group === 'data'); },
    get hasData() { return this.dataLinks.length > 0; },
    get dataCurrent() { return this.dataLinks.some((l) => l.current) ? 'page' : false; },
    get themeAuto() { return theme.state.now === 'auto'; },
    get themeLight() { return theme.state.now === 'light'; },
    get themeDark() { return theme.state.now === 'dark'; },
    get themeLabel() { return text('nav.theme', { name: text(`theme.${theme.state.now}`) }); },
    nextTheme,
    toggleMenu() { this.menuOpen = !this.menuOpen; },
    toggleData() { this.dataOpen = !this.dataOpen; },
    closeMenus() { this.menuOpen = false; this.dataOpen = false; },
    // The menu closes when the focus goes elsewhere; a click on the page takes it nowhere.
    leaveData(event) { if (!event.currentTarget.contains(event.relatedTarget)) this.dataOpen = false; },
    switchLanguage() { speak(otherLanguage()); },
    async signOut() {
      try { await request('POST', '/api/logout', { stay: true }); } finally {
        await globalThis.caches?.delete('hadir-mine').catch(() => {}); // the next person on this device sees nothing of it
        markUnsaved('');
        location.assign('/masuk');
      }
    },
  };
}

// start runs a page: it learns who is signed in, then lets Alpine take over. page makes the component of the given name.
export async function start(name, page, { signedIn = true } = {}) {
  document.documentElement.lang = language.state.now;
  language.state = Alpine.reactive(language.state);
  connection.state = Alpine.reactive(connection.state);
  theme.state = Alpine.reactive(theme.state);
  Alpine.directive('t', (el, { expression }, { effect }) => effect(() => { el.textContent = text(expression); }));
  Alpine.data('shell', shell);
  ui(Alpine);
  drawers();
  const [config, me] = await Promise.all([get('/api/config', { stay: true }).catch(() => null), signedIn ? request('GET', '/api/me') : null]);
  session.config = config;
  configure(config);
  if (config?.setup_required && location.pathname !== '/mulai') { location.replace('/mulai'); return; }
  if (me) {
    Object.assign(session, { user: me.data.user, employee: me.data.employee, branches: me.data.branches });
    if (!me.headers.has('X-Hadir-Cached')) { // what the device remembers is neither the time nor what was chosen since
      learnTime(me.data.now);
      follow(me.data.user.locale);
    }
  }
  Alpine.data(name, page);
  Alpine.start();
  navigator.serviceWorker?.register('/sw.js').catch(() => {}); // a convenience; pages work without
}

export { text };
