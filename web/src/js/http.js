import { unwell } from './away.js';
import { device } from './device.js';
import { language, text } from './language.js';
import { profile } from './nav.js';

// Problem is an error that the server explained (application/problem+json), or one that kept the request from reaching
// it (code network).
export class Problem extends Error {
  constructor(status, code, detail, errors = [], choices = []) {
    super([detail, ...errors.map((e) => e.message)].filter(Boolean).join(' '));
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.choices = choices; // answers to a question that the server asks back
  }

  // again tells whether the same request may succeed later.
  get again() {
    return this.status === 0 || gateway.includes(this.status);
  }

  // unsure tells whether nobody knows what became of the request: it may have been done.
  get unsure() {
    return this.status === 0 || this.status >= 500;
  }

  // passing tells whether the server is what is wrong, and not the request.
  get passing() {
    return this.status === 0 || unwell(this.status);
  }
}

// reach tells whether the server answered the last request. An answer of a gateway or of the device's own cache does
// not count as one, and a 503 leaves it as it was. changed is called when it turns.
export const reach = { ok: true, changed: () => {} };

const gateway = [502, 503, 504]; // what answers in the place of a server that does not

function learn(response) {
  if (response?.status === 503) return;
  const ok = Boolean(response) && !gateway.includes(response.status) && !response.headers.has('X-Hadir-Cached');
  if (ok === reach.ok) return;
  reach.ok = ok;
  reach.changed();
}

// shows holds the id of the user whom this page shows; 0 until that is known. The server refuses a request of this page
// that arrives in somebody else's session.
export const shows = { user: 0 };

export const userHeader = 'X-Hadir-User';
const signOut = '/api/logout'; // the only request that a session is used for while it is being left
const kiosk = /^\/api\/kiosk(\/|$)/; // requests of a tablet, which has a token of its own and uses no session

// departure tells whether the program itself is leaving the page.
export const departure = { begun: false };

// leave goes to another page at once. Nobody may use or see this page any more, for it may be about somebody else than
// who sits here now, and nobody is asked about what is typed in it.
export function leave(address) {
  if (!departure.begun) {
    departure.begun = true;
    document.body.hidden = true;
    // The browser may keep the page and show it again to whoever goes back.
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) location.reload();
    });
    location.replace(address);
  }
  return new Promise(() => {});
}

// otherPerson leaves a page because somebody else has signed in, and forgets whom it showed.
export async function otherPerson() {
  await device.exit(shows.user);
  return leave('/masuk?other');
}

// sessionOver forgets a user whose session has ended and goes to the sign-in page, which brings the same user back
// here.
export async function sessionOver(user) {
  await device.exit(user);
  const next = new URLSearchParams({ next: location.pathname + location.search });
  if (user) next.set('user', user);
  return leave(`/masuk?${next}`);
}

// dueFirst are the reasons why nothing works before something was done on the profile.
const dueFirst = ['password_change_required', 'second_factor_required'];

// toProfile leads to where that is done, and back from there.
function toProfile() {
  if (location.pathname === profile) return leave(profile);
  return leave(`${profile}?${new URLSearchParams({ next: location.pathname + location.search })}`);
}

/**
 * address returns the address of a route: the {names} in its path filled in, and a query without empty values.
 * @param {string} route
 * @param {{path?: Record<string, unknown>, query?: Record<string, unknown>}} [asked]
 */
export function address(route, { path = {}, query = {} } = {}) {
  const place = route.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])));
  const given = Object.entries(query).filter(([, v]) => v !== undefined && v !== null && v !== '' && v !== false);
  const search = new URLSearchParams(given.map(([name, v]) => [name, String(v)]));
  return search.size > 0 ? `${place}?${search}` : place;
}

const patience = 15_000; // milliseconds until a page stops waiting for what it reads

// within is a signal that gives up after so many milliseconds, or with another one. A server or a network may die
// without a word, and a browser then waits for minutes. (AbortSignal.any is not in the browsers of 2023.)
export function within(ms, signal) {
  const mine = new AbortController();
  const late = AbortSignal.timeout(ms);
  for (const given of [late, signal]) {
    if (given?.aborted) mine.abort(given.reason);
    given?.addEventListener('abort', () => mine.abort(given.reason), { once: true, signal: mine.signal });
  }
  return mine.signal;
}

// confirmation is how a page asks who sits there to confirm that it is still them. ask resolves to whether they did.
export const confirmation = { ask: async () => false };

/**
 * request sends JSON, or a file as it is, and returns the answer. Whoever is not signed in goes to the sign-in page and
 * comes back afterwards. What the server wants a confirmation for is sent again, as it was, once there is one. The
 * route is written as in the OpenAPI document, which has the types of what it takes and answers.
 * @template {import('./api').Verb} V
 * @template {import('./api').Route<V>} R
 * @param {V} method
 * @param {R} route
 * @param {import('./api').Asked<V, R>} [asked]
 * @returns {Promise<{data: import('./api').Answer<V, R>, status: number, headers: Headers}>}
 */
export async function request(method, route, asked) {
  try {
    return await once(method, route, asked);
  } catch (problem) {
    const wanted = problem instanceof Problem && problem.code === 'confirmation_required' && !asked?.stay;
    if (!wanted || !(await confirmation.ask())) throw problem;
    return once(method, route, asked);
  }
}

// once sends a request for request, one time.
async function once(method, route, asked) {
  const { path, query, body, headers = {}, stay = false, slow = false, user = shows.user } = asked ?? {};
  const signal = method === 'GET' && !slow ? within(patience, asked?.signal) : asked?.signal;
  const json = body !== undefined && !(body instanceof Blob);
  const leaving = device.leaving !== 0 && route !== signOut && !kiosk.test(route);
  if (leaving && !stay) return leave('/masuk');
  let response;
  try {
    response = await fetch(address(route, { path, query }), {
      method,
      signal,
      credentials: leaving ? 'omit' : 'same-origin',
      headers: {
        Accept: 'application/json',
        'Accept-Language': language.state.now,
        ...(json ? { 'Content-Type': 'application/json' } : {}),
        ...(user ? { [userHeader]: String(user) } : {}),
        ...headers,
      },
      body: json ? JSON.stringify(body) : body,
    });
  } catch (cause) {
    throw unreached(cause, asked?.signal);
  }
  learn(response);
  const data = response.headers.get('Content-Type')?.includes('json') ? await read(response, asked?.signal) : null;
  if (response.ok) return { data, status: response.status, headers: response.headers };
  if (response.status === 401 && !stay) return sessionOver(user);
  if (data?.code === 'other_person' && !stay) return otherPerson();
  if (dueFirst.includes(data?.code) && !stay) return toProfile();
  throw new Problem(
    response.status,
    data?.code ?? 'unknown',
    data?.detail ?? text(gateway.includes(response.status) ? 'state.why.offline' : 'error.unknown'),
    data?.errors,
    data?.choices,
  );
}

// read returns the JSON of an answer; null for none.
async function read(response, given) {
  try {
    return await response.json();
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw unreached(cause, given);
  }
}

// unreached is the error of a request without an answer, or with half of one. Whether the page gave it up is told by
// the signal that the page gave: some browsers of 2023 call an attempt that took too long aborted, too.
function unreached(cause, /** @type {AbortSignal | undefined} */ given) {
  if (aborted(cause) && given?.aborted && given.reason?.name !== 'TimeoutError') return cause;
  learn(null);
  return new Problem(0, 'network', text('error.network'));
}

/**
 * get returns the answer of a GET route.
 * @template {import('./api').Route<'GET'>} R
 * @param {R} route
 * @param {import('./api').Asked<'GET', R>} [asked]
 */
export async function get(route, asked) {
  return (await request('GET', route, asked)).data;
}

/**
 * send is request for who wants only the data.
 * @template {import('./api').Verb} V
 * @template {import('./api').Route<V>} R
 * @param {V} method
 * @param {R} route
 * @param {import('./api').Asked<V, R>} [asked]
 */
export async function send(method, route, asked) {
  return (await request(method, route, asked)).data;
}

/**
 * aborted tells whether the page itself gave up the request.
 * @param {unknown} cause
 */
export function aborted(cause) {
  return cause instanceof DOMException && cause.name === 'AbortError';
}
