// What this browser remembers about who uses it, and how its tabs tell each other. All tabs share the server's cookie,
// so it changes under each of them when somebody signs in or out in one.
//
// localStorage holds what pages need at once: whose browser it is, who still has to be signed out, and what belongs to
// a person. A cache for each person holds what pages show without network. The service worker can read caches only.

import { uuid } from './uuid.js';

const personKey = 'hadir.person';
const leavingKey = 'hadir.leaving';
const idKey = 'hadir.device';
const scannedKey = 'hadir.kiosk.code';
const unansweredKey = 'hadir.kiosk.unanswered';
export const tripKey = 'hadir.trip';
// Values of these begin with the user's id and a colon.
const ownKeys = ['hadir.location', 'hadir.language.unsaved', 'hadir.contact', tripKey];

const cachesOfPeople = 'hadir-of-';
export const leavingCache = 'hadir-leaving'; // exists while somebody has to be signed out

// cacheOf names the cache of one user's answers.
export function cacheOf(user) {
  return cachesOfPeople + user;
}

export function isCacheOfPerson(name) {
  return name.startsWith(cachesOfPeople);
}

/**
 * Scope is what a device is remembered in: a page's or a service worker's.
 * @typedef {object} Scope
 * @property {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} localStorage
 * @property {Pick<CacheStorage, 'keys' | 'delete'> & { open(name: string): Promise<unknown> }} caches
 * @property {new (name: string) => Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>} [BroadcastChannel]
 */

export class Device {
  #scope;
  #memory = new Map(); // used where the browser stores nothing; lasts as long as the page
  /** @type {Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | null} */
  #channel = null;

  /** @param {Scope} scope */
  constructor(scope = globalThis) {
    this.#scope = scope;
  }

  #read(key) {
    const kept = this.#memory.get(key) ?? '';
    try {
      return this.#scope.localStorage.getItem(key) ?? kept;
    } catch {
      return kept;
    }
  }

  #write(key, value) {
    try {
      if (value === '') this.#scope.localStorage.removeItem(key);
      else this.#scope.localStorage.setItem(key, value);
      this.#memory.delete(key);
    } catch {
      this.#memory.set(key, value);
    }
  }

  // id names this browser to the server, which looks again at punches of several people on one. It is made with the
  // first use and stays, whoever uses the browser.
  get id() {
    const kept = this.#read(idKey);
    if (kept) return kept;
    this.#write(idKey, uuid());
    return this.#read(idKey); // that of another tab, if both made one
  }

  // person is the id of the user who is signed in as far as this browser knows; 0 for nobody.
  get person() {
    return Number(this.#read(personKey));
  }

  // leaving is the id of a user whose sign-out the server has not confirmed; 0 for nobody. Until it has, no session is
  // used.
  get leaving() {
    return Number(this.#read(leavingKey));
  }

  // scanned is the code of a kiosk that this phone came with and has not used; '' for none.
  get scanned() {
    return this.#read(scannedKey);
  }

  set scanned(code) {
    this.#write(scannedKey, code);
  }

  // unanswered are the punches at this kiosk whose answers were lost, as JSON; '' for none.
  get unanswered() {
    return this.#read(unansweredKey);
  }

  set unanswered(times) {
    this.#write(unansweredKey, times);
  }

  // own returns what is stored for a user; '' if nothing is, or if it is somebody else's.
  own(user, key) {
    const [owner, ...value] = this.#read(key).split(':');
    return user && owner === String(user) ? value.join(':') : '';
  }

  setOwn(user, key, value) {
    this.#write(key, value === '' ? '' : `${user}:${value}`);
  }

  // enter remembers who is signed in, deletes what others left, and tells the other tabs.
  async enter(user) {
    this.#write(personKey, String(user));
    this.#tell({ kind: 'in', user });
    await this.#forgetAllBut(user);
  }

  // exit remembers that a user's session is over. It does not touch anybody else's.
  async exit(user) {
    if (this.person === user) this.#write(personKey, '');
    this.#tell({ kind: 'out', user });
    await this.#forgetAllBut(this.person);
  }

  // mustLeave remembers that a user wants to be signed out. It is called before the server is asked, so that nothing
  // can come between.
  async mustLeave(user) {
    this.#write(leavingKey, String(user));
    try {
      await this.#scope.caches?.open(leavingCache);
    } catch {
      /* such a browser has no worker to be told */
    }
    await this.exit(user);
  }

  // left remembers that the server confirmed the sign-out.
  async left(user) {
    if (this.leaving !== user) return;
    this.#write(leavingKey, '');
    this.#tell({ kind: 'left', user });
    try {
      await this.#scope.caches?.delete(leavingCache);
    } catch {
      /* as above */
    }
  }

  async #forgetAllBut(user) {
    for (const key of ownKeys) if (!this.#read(key).startsWith(`${user}:`)) this.#write(key, '');
    try {
      for (const name of (await this.#scope.caches?.keys()) ?? []) {
        if (isCacheOfPerson(name) && name !== cacheOf(user)) await this.#scope.caches.delete(name);
      }
    } catch {
      /* a browser without caches has kept nothing there */
    }
  }

  #open() {
    if (this.#scope.BroadcastChannel) this.#channel ??= new this.#scope.BroadcastChannel('hadir');
    return this.#channel;
  }

  #tell(message) {
    this.#open()?.postMessage(message);
  }

  // listen calls back with what other tabs say: { kind: in, out or left, user }.
  listen(heard) {
    this.#open()?.addEventListener('message', ({ data }) => heard(data));
  }

  // isOf tells whether a page that shows a user may go on showing them.
  isOf(user) {
    return this.leaving === 0 && this.person === user;
  }
}

export const device = new Device();
