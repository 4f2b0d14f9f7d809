import { openDB } from 'idb';

// Every tap becomes an entry on the device before it becomes a request. The entry keeps its idempotency key, so a
// reload, a second tap and a lost answer all end in one punch. What cannot be sent waits here.
//
// An entry: { key, user, employee (ids of the person whom the page showed), direction, tappedAt (milliseconds by the
// server's clock), contact, since, monotonic (see stamp in contact.js), body, state: waiting, asked (the server wants
// to know whether it is meant), later (the server takes it once somebody has decided about others) or refused, reason,
// again (from when on one for later is tried, milliseconds by the device's clock) }. It is shown to nobody else and
// sent in nobody else's name.

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {number} user
 * @property {number} employee
 * @property {'in' | 'out'} direction
 * @property {number} tappedAt
 * @property {string} [contact]
 * @property {number} [since]
 * @property {{origin: number, at: number}} [monotonic]
 * @property {object} body
 * @property {'waiting' | 'asked' | 'later' | 'refused'} state
 * @property {string} reason
 * @property {number} [again]
 */

// prompt is how long after the tap a request may leave the time to the server. Later requests carry the time of the
// tap.
export const promptMs = 3_000;

// laterBy is how long after its refusal an entry for later is tried again. Somebody has to decide meanwhile.
export const laterBy = 3600_000; // milliseconds

const longest = 7 * 24 * 3600_000; // milliseconds; the server takes no longer spans

// claim is what a late request says about the time of the tap, and what stands behind it.
function claim({ tappedAt, contact, since, monotonic }, clock) {
  const age = monotonic?.origin === clock.timeOrigin ? Math.round(clock.now() - monotonic.at) : undefined;
  return Object.fromEntries(
    Object.entries({
      occurred_at: new Date(tappedAt).toISOString(),
      contact: contact || undefined,
      since_contact: since !== undefined && since <= longest ? since : undefined,
      age: age !== undefined && age <= longest ? age : undefined,
    }).filter(([, value]) => value !== undefined),
  );
}

// requestFor returns the request to send for an entry now. If a first attempt arrived and its answer was lost, the
// server has the key with another body. It then answers idempotency_mismatch, and nothing is left to do. clock is the
// monotonic one.
/** @param {Pick<Performance, 'timeOrigin' | 'now'>} clock */
export function requestFor(entry, now, clock = performance) {
  const late = now - entry.tappedAt > promptMs;
  const body = { ...entry.body, employee_id: entry.employee };
  return {
    path: `/api/attendances/${entry.direction === 'in' ? 'check-in' : 'check-out'}`,
    key: entry.key,
    user: entry.user,
    body: late ? { ...body, ...claim(entry, clock) } : body,
  };
}

// verdict tells what became of an attempt from its status and code; status 0 means that there is no network. 202 says
// that the server has it and that somebody has to approve its time. An entry that the server does not take in somebody
// else's session waits for its owner.
export function verdict(status, code) {
  if ([200, 201, 202].includes(status) || code === 'idempotency_mismatch') return 'sent';
  if (code === 'other_person') return 'waiting';
  if (code === 'confirm_direction') return 'asked';
  if (code === 'too_many_claims') return 'later';
  if (status === 0 || status === 401 || status === 408 || status === 429 || status >= 500) return 'waiting';
  return 'refused';
}

// due tells whether an entry is to be sent.
function due({ state, again = 0 }, deviceNow) {
  const left = again - deviceNow; // more than laterBy if the device's clock was set back
  return state === 'waiting' || (state === 'later' && (left <= 0 || left > laterBy));
}

// PunchQueue sends entries in the order of their taps. send(request) resolves to { status, code, reason, data,
// replayed }. now is the server's clock, deviceNow the device's.
export class PunchQueue {
  #store;
  #send;
  #now;
  #deviceNow;
  /** @type {Promise<{entry: Entry, outcome: string, answer: any}[]> | null} */
  #running = null;

  constructor({ store, send, now, deviceNow = Date.now }) {
    this.#store = store;
    this.#send = send;
    this.#now = now;
    this.#deviceNow = deviceNow;
  }

  add(entry) {
    return this.#store.put({ ...entry, state: 'waiting', reason: '' });
  }

  list(user) {
    return this.#store.all().then((all) => all.filter((e) => e.user === user).sort((a, b) => a.tappedAt - b.tappedAt));
  }

  // confirm makes an entry wait again after its owner said that it is meant. more is added to it.
  async confirm(key, more = {}) {
    const entry = (await this.#store.all()).find((e) => e.key === key);
    const body = { ...entry?.body, confirm: true };
    if (entry) await this.#store.put({ ...entry, body, state: 'waiting', reason: '', ...more });
  }

  remove(key) {
    return this.#store.remove(key);
  }

  // drain sends the entries of a user (/api/me) that are due and resolves to [{ entry, outcome, answer }]. An entry
  // that has to wait holds up those behind it, so that a check-out never overtakes its check-in. One for later does
  // not: days may pass until somebody decides. A call while it runs gets the same result.
  drain(user) {
    this.#running ??= this.#drain(user).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #drain(user) {
    const done = [];
    for (const entry of await this.list(user.id)) {
      if (!due(entry, this.#deviceNow())) continue;
      // An entry of an earlier release has the user only.
      const answer = await this.#send(requestFor({ employee: user.employee_id, ...entry }, this.#now()));
      const outcome = verdict(answer.status, answer.code);
      done.push({ entry, outcome, answer });
      if (outcome === 'sent') await this.#store.remove(entry.key);
      if (['refused', 'asked', 'later'].includes(outcome)) {
        const reason = answer.reason ?? '';
        await this.#store.put({ ...entry, state: outcome, reason, again: this.#deviceNow() + laterBy });
      }
      if (outcome === 'waiting') break;
    }
    return done;
  }
}

// later is the queue of the service worker. It knows neither the server's clock nor how long an entry has waited, so
// its requests always carry the time of the tap.
export function later(send, store = deviceStore()) {
  return new PunchQueue({ store, send, now: () => Infinity });
}

const openWithin = 2000; // milliseconds

// deviceStore keeps entries in IndexedDB. If the browser has none (some private windows), or opening it takes too long
// (another page was left while creating it), entries last as long as the page.
/** @param {() => PromiseLike<Pick<import('idb').IDBPDatabase, 'put' | 'delete' | 'getAll'>>} open */
export function deviceStore(
  open = () => openDB('hadir', 1, { upgrade: (d) => d.createObjectStore('punches', { keyPath: 'key' }) }),
) {
  let db = null;
  const memory = memoryStore();
  const run = async (work, otherwise) => {
    let timer;
    try {
      db ??= open();
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('the database does not open')), openWithin);
      });
      return await work(await Promise.race([db, late]));
    } catch {
      return otherwise;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    put: async (e) => {
      if (await run((d) => d.put('punches', e).then(() => true), false)) await memory.remove(e.key);
      else await memory.put(e);
    },
    remove: async (key) => {
      await memory.remove(key);
      await run((d) => d.delete('punches', key), null);
    },
    all: async () => {
      const kept = await memory.all();
      return [...(await run((d) => d.getAll('punches'), [])), ...kept].filter(
        (e, i, all) => all.findIndex((x) => x.key === e.key) === i,
      );
    },
  };
}

export function memoryStore() {
  const entries = new Map();
  return {
    put: async (e) => {
      entries.set(e.key, structuredClone(e));
    },
    remove: async (key) => {
      entries.delete(key);
    },
    all: async () => [...entries.values()].map((e) => structuredClone(e)),
  };
}
