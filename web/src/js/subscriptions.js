import { backoff } from './pace.js';

// Subscriptions knows which channels a page wants and which are subscribed. It asks again for refused ones, all in one
// request, as long as the page is open, because pusher-js never repeats an authorisation.
export class Subscriptions {
  #o;
  #wanted = new Map(); // name → how to ask for it
  #standing = new Set();
  #refused = new Set();
  #connected = false;
  #attempts = 0;
  /** @type {any} */
  #timer = null;

  /**
   * changed() is called whenever whole may have changed.
   * @param {object} options
   * @param {() => void} options.changed
   * @param {() => number} [options.random]
   * @param {(f: () => void, ms: number) => unknown} [options.later]
   * @param {(id: any) => void} [options.cancel] takes what later returned
   */
  constructor({
    changed,
    random = Math.random,
    later = (f, ms) => setTimeout(f, ms),
    cancel = (id) => clearTimeout(id),
  }) {
    this.#o = { changed, random, later, cancel };
  }

  // whole tells whether every channel of the page is subscribed.
  get whole() {
    return this.#connected && this.#standing.size === this.#wanted.size;
  }

  want(name, ask) {
    if (this.#wanted.has(name)) return;
    this.#wanted.set(name, ask);
    this.#o.changed();
  }

  connected() {
    this.#connected = true;
    this.#o.changed();
  }

  // lost is called when the socket is gone. A new socket asks for all channels anyway.
  lost() {
    this.#connected = false;
    this.#standing.clear();
    this.#refused.clear();
    this.#o.cancel(this.#timer);
    this.#timer = null;
    this.#o.changed();
  }

  succeeded(name) {
    this.#standing.add(name);
    this.#refused.delete(name);
    if (this.whole) this.#attempts = 0;
    this.#o.changed();
  }

  failed(name) {
    this.#standing.delete(name);
    this.#refused.add(name);
    const { later, random } = this.#o;
    this.#timer ??= later(() => this.#again(), backoff(this.#attempts++, { random }));
    this.#o.changed();
  }

  #again() {
    this.#timer = null;
    const names = [...this.#refused];
    this.#refused.clear();
    for (const name of names) this.#wanted.get(name)?.();
  }
}

// stateOf is the state that the header shows. reachable: the server answered the last request; whole: every channel is
// subscribed; fresh: everything was read since; waited: the page has been without for longer than a connection takes.
export function stateOf({ reachable, whole, fresh, waited }) {
  if (!reachable) return 'offline';
  if (whole && fresh) return 'live';
  return waited ? 'polling' : 'connecting';
}
