import Alpine from '@alpinejs/csp';
import {
  clockTime,
  deviceZone,
  language,
  markUnsaved,
  otherLanguage,
  ready,
  setLanguage,
  text,
  unsaved,
} from './language.js';
import { hush, pause, say, sayOf } from './away.js';
import { confirming } from './confirming.js';
import { device } from './device.js';
import { inbox, seen, sentenceOf, watchInbox } from './inbox.js';
import { learnContact } from './contact.js';
import { get, leave, Problem, request, sessionOver, shows } from './http.js';
import { configure, connection } from './live.js';
import { admins, due, mayOpen, pageNamed, pagesFor, profile } from './nav.js';
import { backoff } from './pace.js';
import { nextTheme, theme } from './theme.js';
import { tell } from './trip.js';
import { drawers } from './drawers.js';
import { ask, toast, ui } from './ui.js';
import { unsent } from './unsent.js';

// session is the user who is signed in. Public pages leave it empty.
/** @typedef {import('./api').Answer<'GET', '/api/me'>} Me */
export const session = {
  user: /** @type {Me['user']} */ (/** @type {unknown} */ (null)), // pages that need somebody begin with one
  employee: /** @type {Me['employee'] | null} */ (null),
  branches: /** @type {Me['branches']} */ ([]),
  // config is null until the server has told it, which may be after the page began.
  get config() {
    return settings.state.config;
  },
};

/** @typedef {import('./api').Answer<'GET', '/api/config'>} Config */
const settings = { state: { config: /** @type {Config | null} */ (null) } };

// clockOffset is the server's time minus this device's, in milliseconds.
export const clockOffset = { ms: 0 };
export function serverNow() {
  return Date.now() + clockOffset.ms;
}
export function learnTime(now) {
  if (now) clockOffset.ms = Date.parse(now) - Date.now();
}

// home is the first page of a role.
export function home(user) {
  return due(user) ? profile : begin(user);
}

// begin is the same once nothing is due any more.
export function begin(user) {
  if (user.role === 'ops') return '/operasi';
  return user.role === 'employee' ? '/' : '/dasbor';
}

// speak changes the language of the pages and, if somebody is signed in, of the account, which e-mails and reports
// follow. If the server cannot be told now, the next page tells it.
export async function speak(next) {
  try {
    await setLanguage(next);
  } catch {
    toast('error', text('error.network')); // the page goes on in the language that it has
    return;
  }
  if (!session.user) return;
  markUnsaved(session.user.id, next);
  save(next);
}

function save(next) {
  const { id } = session.user;
  request('PATCH', '/api/me', { body: { locale: next }, stay: true })
    .then(() => {
      if (unsaved(id) === next) markUnsaved(id, '');
    })
    .catch(() => {});
}

// follow switches the pages to the account's language, unless a newer choice on this device is not saved yet.
async function follow(locale) {
  const chosen = unsaved(session.user.id);
  if (chosen) save(chosen);
  else if (locale !== language.state.now) await setLanguage(locale).catch(() => {}); // then in what it has
}

function shell() {
  return {
    text,
    menuOpen: false,
    dataOpen: false,
    inboxOpen: false,
    get name() {
      return session.user?.name ?? '';
    },
    get otherLanguage() {
      return text('language.other');
    },
    get otherCode() {
      return otherLanguage().toUpperCase();
    },
    get languageLabel() {
      return `${this.otherCode} · ${text('nav.language', { name: text('language.other') })}`;
    },
    get live() {
      return connection.state.shown;
    },
    get state() {
      return connection.state.name;
    },
    get stateText() {
      const { name, since } = connection.state;
      return text(`state.${name}`, { time: clockTime(since, deviceZone()) });
    },
    get stateWhy() {
      return text(`state.why.${connection.state.name}`);
    },
    get links() {
      return pagesFor(session.user).map(({ href, name, group }) => ({
        href,
        group,
        label: text(`page.${name}`),
        current: href === location.pathname ? 'page' : false,
        count: inbox.state.waiting[name] || '',
      }));
    },
    get mainLinks() {
      return this.links.filter((l) => l.group === 'main');
    },
    get profileCurrent() {
      return location.pathname === profile ? 'page' : false;
    },
    get dataLinks() {
      return this.links.filter((l) => l.group === 'data');
    },
    get hasData() {
      return this.dataLinks.length > 0;
    },
    get dataCurrent() {
      return this.dataLinks.some((l) => l.current) ? 'page' : false;
    },
    // Pages that count nothing for a user have no bell.
    get hasInbox() {
      return Boolean(session.user) && !due(session.user) && (admins(session.user) || Boolean(session.user.employee_id));
    },
    get waits() {
      return this.links.filter((l) => l.count);
    },
    get news() {
      return inbox.state.decisions.map((q) => ({
        key: `${q.type}/${q.id}`,
        href: q.type === 'leave' ? '/izin' : '/koreksi',
        sentence: sentenceOf(q),
        note: q.decision_note ?? '',
      }));
    },
    get hasNews() {
      return this.news.length > 0;
    },
    get inboxCount() {
      return this.waits.reduce((n, l) => n + Number(l.count), this.news.length) || '';
    },
    get inboxLabel() {
      return text('inbox.label', { n: this.inboxCount || 0 });
    },
    get dataCount() {
      return this.dataLinks.reduce((n, l) => n + Number(l.count), 0) || '';
    },
    get inboxEmpty() {
      return !this.inboxCount;
    },
    get themeAuto() {
      return theme.state.now === 'auto';
    },
    get themeLight() {
      return theme.state.now === 'light';
    },
    get themeDark() {
      return theme.state.now === 'dark';
    },
    get themeLabel() {
      return text('nav.theme', { name: text(`theme.${theme.state.now}`) });
    },
    nextTheme,
    toggleMenu() {
      this.menuOpen = !this.menuOpen;
    },
    toggleData() {
      this.dataOpen = !this.dataOpen;
    },
    toggleInbox() {
      this.inboxOpen = !this.inboxOpen;
    },
    read: seen,
    closeMenus() {
      this.menuOpen = false;
      this.dataOpen = false;
      this.inboxOpen = false;
    },
    // The menu closes when the focus goes elsewhere; a click on the page takes it nowhere.
    leaveData(event) {
      if (!event.currentTarget.contains(event.relatedTarget)) this.dataOpen = false;
    },
    leaveInbox(event) {
      if (!event.currentTarget.contains(event.relatedTarget)) this.inboxOpen = false;
    },
    switchLanguage() {
      speak(otherLanguage());
    },
    async signOut() {
      const n = await unsent(session.user.id);
      const question = { title: text('nav.unsentAsk', { n }), text: text('nav.unsentWhy'), yes: text('nav.signOut') };
      if (n > 0 && !(await ask(question))) return;
      await device.mustLeave(session.user.id);
      try {
        await signOut();
      } catch (problem) {
        // the door goes on with it
        if (!(problem instanceof Problem)) throw problem;
      }
      leave('/masuk');
    },
  };
}

const signOutWithin = 8000; // milliseconds

// signOut ends the session that this device has to leave, if there is one. It throws while the server cannot be
// reached. A session that is over, or is somebody else's by now, needs no sign-out.
export async function signOut() {
  const user = device.leaving;
  if (!user) return;
  try {
    await request('POST', '/api/logout', { stay: true, user, signal: AbortSignal.timeout(signOutWithin) });
  } catch (problem) {
    if (problem.status !== 401 && problem.code !== 'other_person') throw problem;
  }
  await device.left(user);
}

// whoIsHere asks for the user whom this browser knows, so that without network only that person's answer is shown. A
// page that opens in somebody else's session shows that person.
async function whoIsHere() {
  shows.user = device.person;
  try {
    if (shows.user) {
      const me = await request('GET', '/api/me', { stay: true });
      if (me.data.user.id === shows.user) return me; // a node of the release before does not compare
    }
  } catch (problem) {
    if (problem.status === 401) return sessionOver(shows.user);
    if (problem.code !== 'other_person') throw problem;
  }
  shows.user = 0;
  const me = await request('GET', '/api/me');
  shows.user = me.data.user.id;
  await device.enter(shows.user);
  get('/api/me').catch(() => {}); // for the worker, which keeps it under the person's name
  return me;
}

const lateAfter = 3000; // milliseconds until a page says that it waits

/**
 * insist does what a page cannot begin without until it succeeds. Meanwhile the page says why there is nothing to see.
 * @template T
 * @param {() => Promise<T>} attempt
 */
async function insist(attempt) {
  const late = setTimeout(() => say('slow'), lateAfter);
  for (let n = 0; ; n += 1) {
    try {
      return await attempt();
    } catch (problem) {
      sayOf(problem);
      if (!(problem instanceof Problem)) throw problem; // a defect, which time does not mend
    } finally {
      clearTimeout(late);
    }
    await pause(backoff(n));
  }
}

// words fetches the page's texts in the present language, or else in the other one.
async function words() {
  try {
    await ready(language.state.now).catch(() => setLanguage(otherLanguage()));
  } catch {
    throw new Problem(0, 'network', '');
  }
}

// leads takes what the server told about itself, and tells whether it leads to another page.
function leads(/** @type {Config} */ config, name) {
  settings.state.config = config;
  configure(config);
  const setUp = name === 'mulai';
  if (config.setup_required === setUp) return false;
  location.replace(setUp ? '/masuk' : '/mulai');
  return true;
}

// learnConfig asks for the same until it is told. The page works meanwhile, but for what depends on it.
async function learnConfig(name) {
  for (let n = 0; ; n += 1) {
    await pause(backoff(n));
    const config = await get('/api/config', { stay: true }).catch(() => null);
    if (!config) continue;
    leads(config, name);
    return;
  }
}

// stayTogether leaves the page when somebody signs in or out in another tab. A page that slept meanwhile checks when it
// wakes.
function stayTogether() {
  const look = () => {
    if (!device.isOf(shows.user)) leave(device.person && !device.leaving ? '/' : '/masuk');
  };
  device.listen(({ kind, user }) => {
    if (kind === 'in' && user !== shows.user) leave('/');
    if (kind === 'out' && user === shows.user) leave('/masuk');
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) look();
  });
  addEventListener('focus', look);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) look();
  });
}

/**
 * start runs a page of the registry. It finds out who is signed in and whether the page is for them, then starts
 * Alpine. component returns what the page shows.
 * @template {object} T
 * @param {string} name
 * @param {() => T & ThisType<T & import('./alpine').Magic>} component
 */
export async function start(name, component) {
  const page = pageNamed(name);
  document.documentElement.lang = language.state.now;
  language.state = Alpine.reactive(language.state);
  connection.state = Alpine.reactive(connection.state);
  theme.state = Alpine.reactive(theme.state);
  inbox.state = Alpine.reactive(inbox.state);
  Alpine.directive('t', (el, { expression }, { effect }) =>
    effect(() => {
      el.textContent = text(expression);
    }),
  );
  Alpine.data('shell', shell);
  ui(Alpine);
  confirming(Alpine);
  drawers();
  settings.state = Alpine.reactive(settings.state);
  const [config, me] = await insist(() =>
    Promise.all([get('/api/config', { stay: true }).catch(() => null), page.public ? null : whoIsHere(), words()]),
  );
  if (config && leads(config, name)) return;
  if (!config) learnConfig(name);
  if (me) {
    Object.assign(session, { user: me.data.user, employee: me.data.employee, branches: me.data.branches });
    if (due(session.user) && location.pathname !== profile) {
      await leave(`${profile}?${new URLSearchParams({ next: location.pathname + location.search })}`);
    }
    if (!mayOpen(page, session.user)) {
      location.replace(home(session.user));
      return;
    }
    stayTogether();
    if (!me.headers.has('X-Hadir-Cached')) {
      // what the device remembers is neither the time nor what was chosen since
      learnTime(me.data.now);
      learnContact(session.user.id, me.data.contact);
      await follow(me.data.user.locale);
    }
  }
  Alpine.effect(() => {
    document.title = `${text(`page.${name}`)} · Hadir`;
  });
  Alpine.data(name, component);
  if (me && !due(session.user)) watchInbox(session.user); // before the page's channels
  Alpine.start();
  hush();
  dispatchEvent(new Event('hadir-started')); // to first.js
  tell();
  worker();
}

const workerTries = 6;

// worker installs what makes Beranda open without network: a convenience, pages work without. A browser tries that once
// for each page that is loaded. Where something could not be fetched, the page that is open tries again.
function worker(failed = 0) {
  if (!navigator.serviceWorker || failed === workerTries) return;
  const again = () => setTimeout(() => worker(failed + 1), backoff(failed));
  navigator.serviceWorker.register('/sw.js').then((registration) => {
    const { installing, waiting, active } = registration;
    if (!installing && !waiting && !active) again(); // it failed before anybody could look
    installing?.addEventListener('statechange', () => {
      if (installing.state === 'redundant' && !registration.active) again();
    });
  }, again);
}

export { text };
