/* global ASSETS, LISTED, PAGES, STAND_IN, VERSION -- filled in by build.mjs */
// @ts-nocheck -- a worker has another global scope than the pages, and types for one of them are loaded
import { unwell } from './away.js';
import { cacheOf, isCacheOfPerson, leavingCache } from './device.js';
import { later } from './queue.js';

// The service worker lets Beranda open without network. It sends waiting punches when the network returns, even if no
// page is open. For other pages it shows one that waits for the server at their address. It leaves everything else to
// the network.
const shell = `hadir-${VERSION}`;
const userHeader = 'X-Hadir-User'; // whom the page shows
const pages = new Set(PAGES);
// listed are the paths of pages, those that open without network among them; :id stands for any number.
const listed = LISTED.map((path) => new RegExp(`^${path.replace(':id', '\\d+')}$`));
// personal answers are stored for the user whom the page shows, and shown to nobody else.
const personal = new Set(['/api/me', '/api/me/today']);
const patience = 4000; // milliseconds until the stored page is used
const patienceForPages = 15_000; // milliseconds until a page that is not stored is given up

// standInPolicy lets the page that waits load what came with it and nothing else.
const standInPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

self.addEventListener('install', (event) =>
  event.waitUntil(
    caches
      .open(shell)
      .then((c) => c.addAll(ASSETS))
      .then(() => self.skipWaiting()),
  ),
);
self.addEventListener('activate', (event) =>
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith('hadir-') && name !== shell && name !== leavingCache && !isCacheOfPerson(name))
          await caches.delete(name);
      }
      await self.clients.claim();
    })(),
  ),
);

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/assets/') || (ASSETS.includes(url.pathname) && !pages.has(url.pathname)))
    event.respondWith(asset(request));
  else if (request.mode === 'navigate' && pages.has(url.pathname))
    event.respondWith(fresh(request, shell, url.pathname));
  else if (request.mode === 'navigate' && listed.some((path) => path.test(url.pathname)))
    event.respondWith(there(request));
  else if (url.pathname === '/api/config') event.respondWith(fresh(request, shell, url.pathname));
  else if (personal.has(url.pathname) && request.headers.has(userHeader)) {
    event.respondWith(fresh(request, cacheOf(request.headers.get(userHeader)), url.pathname));
  }
});

async function asset(request) {
  return (await caches.match(request)) ?? fetch(request); // its name changes with its content, or the worker with it
}

// there asks the network for a page, and shows the one that waits for it if there is no server behind it.
async function there(request) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patienceForPages);
  try {
    const response = await fetch(request, { signal: abort.signal });
    if (!unwell(response.status)) return response;
  } catch {
    /* below */
  } finally {
    clearTimeout(timer);
  }
  return standIn();
}

// standIn shows nothing of anybody: only that the server is away.
function standIn() {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': standInPolicy };
  return new Response(STAND_IN, { status: 503, headers });
}

// fresh asks the network first, and uses what is stored if there is no network or no server behind it.
async function fresh(request, name, key) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const response = await fetch(request, { signal: abort.signal });
    if (response.ok) await (await caches.open(name)).put(key, response.clone());
    if (![502, 503, 504].includes(response.status)) return response;
  } catch {
    /* below */
  } finally {
    clearTimeout(timer);
  }
  const known = await caches.match(key, { cacheName: name });
  if (!known) return request.mode === 'navigate' ? standIn() : fetch(request);
  const headers = new Headers(known.headers);
  headers.set('X-Hadir-Cached', 'true');
  return new Response(known.body, { status: known.status, headers });
}

async function send({ path, key, user, body }) {
  try {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key, [userHeader]: String(user) };
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    const data = await response.json().catch(() => null);
    const replayed = response.headers.has('Idempotent-Replayed');
    return { status: response.status, code: data?.code, reason: data?.detail, data, replayed };
  } catch {
    return { status: 0, code: 'network' };
  }
}

self.addEventListener('sync', (event) => {
  if (event.tag !== 'punches') return;
  event.waitUntil(
    (async () => {
      if (await caches.has(leavingCache)) return; // no session is used while it is being left
      const me = await fetch('/api/me').then((r) => (r.ok ? r.json() : null));
      if (!me) return; // signed out: the punches wait for their owner
      const done = await later(send).drain(me.user);
      for (const page of await self.clients.matchAll()) page.postMessage({ punches: done }); // which show what waits
      if (done.some((d) => d.outcome === 'waiting')) throw new Error('still waiting'); // the browser tries again
    })(),
  );
});
