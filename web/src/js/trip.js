import { tripKey } from './device.js';
import { request } from './http.js';
import { within } from './nav.js';
import { toast } from './ui.js';

// A trip to the OpenID Connect provider leaves the page, and comes back to the page Masuk with what the provider gave.
// What it was for stays in the browser meanwhile, for the latest trip, as the server's cookie does. It is not kept in
// the tab: Chromium shows the tab's storage as it once was after another site's page was in between. What there is to
// say afterwards is said on the page where it began.
/** @typedef {{use: 'enter' | 'link' | 'confirm', user: number, from: string}} Trip */
/** @typedef {{trip: Trip, came: {state: string, code?: string, error?: string, iss?: string}}} Arrival */

const door = '/masuk';
const mark = '#oidc?';
const saidKey = 'hadir.said';

const routes = /** @type {const} */ ({
  enter: '/api/login/oidc/ask',
  link: '/api/me/oidc/begin',
  confirm: '/api/me/oidc/ask',
});

const nowhere = /** @type {Trip} */ ({ use: 'enter', user: 0, from: '' });

/**
 * kept returns the trip of a state, for the last time. That of another state stays, since anybody can make an address
 * up. A browser that keeps nothing comes back to sign in.
 * @param {string} state
 * @returns {Trip}
 */
function kept(state) {
  try {
    const [user, ...rest] = (localStorage.getItem(tripKey) ?? '').split(':');
    const trip = JSON.parse(rest.join(':'));
    if (trip.state !== state) return nowhere;
    localStorage.removeItem(tripKey);
    return { ...trip, user: Number(user) };
  } catch {
    return nowhere;
  }
}

/**
 * keep remembers a trip until its browser comes back.
 * @param {string} address at the provider
 * @param {Trip} trip
 */
function keep(address, { use, user, from }) {
  const state = new URL(address).searchParams.get('state');
  try {
    localStorage.setItem(tripKey, `${user}:${JSON.stringify({ state, use, from })}`);
  } catch {
    /* as above */
  }
}

/**
 * depart leaves for the provider. Somebody who comes back by the browser's button finds the page as it was.
 * @param {Trip['use']} use
 * @param {number} [user] who is signed in
 */
export async function depart(use, user = 0) {
  const { data } = await request('POST', routes[use], { stay: use === 'enter' });
  keep(data.url, { use, user, from: location.pathname + location.search });
  location.assign(data.url);
  await new Promise((back) => {
    addEventListener('pageshow', back, { once: true });
  });
}

/**
 * arrived is what the provider gave this page, with what the trip was for; null where nobody comes from there. It takes
 * the code out of the address, and lets the address be that from which a sign-in began.
 * @returns {Arrival | null}
 */
function arrived() {
  if (globalThis.location?.pathname !== door || !location.hash.startsWith(mark)) return null;
  const given = new URLSearchParams(location.hash.slice(mark.length));
  const told = ['code', 'error', 'iss'].filter((name) => given.has(name)).map((name) => [name, given.get(name)]);
  const came = { state: given.get('state') ?? '', ...Object.fromEntries(told) };
  const trip = kept(came.state);
  const from = trip.use === 'enter' ? within(trip.from) : '';
  history.replaceState(null, '', from.startsWith(location.pathname) ? from : location.pathname);
  return { trip, came };
}

// It is read before the page looks at its address.
export const arrival = arrived();

/**
 * goBack goes back to where a trip began, where something is said about it.
 * @param {Trip} trip
 * @param {string} kind
 * @param {string} message
 */
export function goBack({ from }, kind, message) {
  try {
    sessionStorage.setItem(saidKey, JSON.stringify({ kind, message }));
  } catch {
    /* then nothing is said */
  }
  location.replace(within(from) || '/');
  return new Promise(() => {}); // the page is being left
}

// tell shows what there is to say of a trip that began on this page.
export function tell() {
  try {
    const said = JSON.parse(sessionStorage.getItem(saidKey) ?? 'null');
    sessionStorage.removeItem(saidKey);
    if (said) toast(said.kind, said.message);
  } catch {
    /* nothing was kept */
  }
}
