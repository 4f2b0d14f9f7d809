import { openDB } from 'idb';

// Every tap becomes an entry on the device before it becomes a request, with the idempotency key that it keeps for good:
// a reload, a second tap and a lost answer all end in one punch. What cannot be sent waits here.
//
// An entry: { key, user, direction, tappedAt (milliseconds by the server's clock), body, state: waiting or refused, reason }.

// prompt is how long after the tap a request may leave the time to the server. Later ones carry the time of the tap.
export const promptMs = 3_000;

// requestFor returns what to send for an entry now. A first attempt that arrived although its answer was lost was recorded
// under the same key with another body; the server says so (idempotency_mismatch), and then nothing is left to do.
export function requestFor(entry, now) {
  const late = now - entry.tappedAt > promptMs;
  return {
    path: `/api/attendances/${entry.direction === 'in' ? 'check-in' : 'check-out'}`, key: entry.key,
    body: late ? { ...entry.body, occurred_at: new Date(entry.tappedAt).toISOString() } : entry.body,
  };
}

// verdict reads what became of an attempt from its status and code; 0 is a network that is gone.
export function verdict(status, code) {
  if (status === 200 || status === 201 || code === 'idempotency_mismatch') return 'sent';
  if (status === 0 || status === 401 || status === 408 || status === 429 || status >= 500) return 'waiting';
  return 'refused';
}

// PunchQueue sends entries in the order of their taps. send(request) resolves to { status, code, reason, data, replayed }.
export class PunchQueue {
  #store;
  #send;
  #now;
  #running = null;

  constructor({ store, send, now }) { this.#store = store; this.#send = send; this.#now = now; }

  add(entry) { return this.#store.put({ ...entry, state: 'waiting', reason: '' }); }

  list(user) { return this.#store.all().then((all) => all.filter((e) => e.user === user).sort((a, b) => a.tappedAt - b.tappedAt)); }

  remove(key) { return this.#store.remove(key); }

  // drain sends what waits and resolves to [{ entry, outcome, answer }]. One that has to wait holds up those behind it, so
  // that a check-out never overtakes its check-in. Calls while it runs get the same result.
  drain(user) {
    this.#running ??= this.#drain(user).finally(() => { this.#running = null; });
    return this.#running;
  }

  async #drain(user) {
    const done = [];
    for (const entry of await this.list(user)) {
      if (entry.state !== 'waiting') continue;
      const answer = await this.#send(requestFor(entry, this.#now()));
      const outcome = verdict(answer.status, answer.code);
      done.push({ entry, outcome, answer });
      if (outcome === 'sent') await this.#store.remove(entry.key);
      if (outcome === 'refused') await this.#store.put({ ...entry, state: 'refused', reason: answer.reason ?? '' });
      if (outcome === 'waiting') break;
    }
    return done;
  }
}

// deviceStore keeps entries in IndexedDB. Where the browser has none (some private windows), they last as long as the page.
export function deviceStore() {
  let db = null;
  const memory = memoryStore();
  const run = async (work, instead) => {
    try {
      db ??= openDB('hadir', 1, { upgrade: (d) => d.createObjectStore('punches', { keyPath: 'key' }) });
      return await work(await db);
    } catch { return instead(); }
  };
  return {
    put: (e) => run((d) => d.put('punches', e), () => memory.put(e)),
    remove: (key) => run((d) => d.delete('punches', key), () => memory.remove(key)),
    all: () => run((d) => d.getAll('punches'), () => memory.all()),
  };
}

export function memoryStore() {
  const entries = new Map();
  return {
    put: async (e) => { entries.set(e.key, structuredClone(e)); },
    remove: async (key) => { entries.delete(key); },
    all: async () => [...entries.values()].map((e) => structuredClone(e)),
  };
}
