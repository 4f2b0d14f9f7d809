import { backoff, pollPause } from './pace.js';

// Refresher decides when a page reads its snapshot: at once, when asked to, after a failure until it succeeds, and
// every few seconds while no events arrive. One reading runs at a time, and a hidden page waits until it is seen.
//
// read() returns a promise; live() says whether events arrive; mark() is remembered from the beginning of a reading
// that succeeds, so that others can tell what it has seen; every, if not 0, is a pause in milliseconds that holds
// even while live.
export class Refresher {
  #o;
  /** @type {any} */
  #timer = null;
  #due = Infinity;
  #looking = false; // the timer polls because no events arrive
  #reading = false;
  /** @type {number | null} */
  #wanted = null; // the longest wait of a reading that was asked for while another ran
  #missed = false; // a reading came due while the page was hidden
  #first = true;
  #looks = 0;
  #failures = 0;

  // seen is the mark() of the last successful reading, taken when it began.
  /** @type {unknown} */
  seen = undefined;

  /**
   * @param {{
   *   read: () => Promise<unknown>, live: () => boolean, mark?: () => unknown, done?: () => void, every?: number,
   *   hidden?: () => boolean, random?: () => number, now?: () => number,
   *   later?: (f: () => void, ms: number) => any, cancel?: (id: any) => void,
   * }} of
   */
  constructor({
    read,
    live,
    mark = () => true,
    done = () => {},
    every = 0,
    hidden = () => false,
    random = Math.random,
    now = Date.now,
    later = (f, ms) => setTimeout(f, ms),
    cancel = (id) => clearTimeout(id),
  }) {
    this.#o = { read, live, mark, done, every, hidden, random, now, later, cancel };
  }

  // soon makes the page read within so many milliseconds. If a reading runs already another one follows, since the
  // first may have missed the change.
  soon(ms = 0) {
    if (this.#reading) {
      this.#wanted = Math.min(this.#wanted ?? ms, ms);
      return;
    }
    const due = this.#o.now() + ms;
    if (this.#timer !== null && this.#due <= due) return;
    this.#schedule(ms);
  }

  // check is called when live() may have changed.
  check() {
    if (this.#reading) return;
    if (this.#o.live() && this.#looking) this.#stop();
    if (this.#timer === null) this.#plan();
  }

  // shown is called when the page is seen again.
  shown() {
    if (this.#missed || !this.#o.live()) this.soon(0);
  }

  #stop() {
    this.#o.cancel(this.#timer);
    this.#timer = null;
    this.#due = Infinity;
    this.#looking = false;
  }

  #schedule(ms) {
    this.#stop();
    this.#due = this.#o.now() + ms;
    this.#timer = this.#o.later(() => this.#run(), ms);
  }

  async #run() {
    this.#stop();
    if (this.#o.hidden() && !this.#first) {
      this.#missed = true;
      return;
    }
    this.#first = false;
    this.#missed = false;
    this.#reading = true;
    const mark = this.#o.mark();
    try {
      await this.#o.read();
      this.seen = mark;
      this.#failures = 0;
    } catch {
      this.#failures += 1; // the page itself shows the error
    }
    this.#reading = false;
    this.#o.done();
    this.#plan();
  }

  #plan() {
    if (this.#o.live()) this.#looks = 0;
    if (this.#wanted !== null) {
      const ms = this.#wanted;
      this.#wanted = null;
      this.soon(ms);
    } else if (this.#failures > 0) this.soon(backoff(this.#failures - 1, { random: this.#o.random }));
    else if (!this.#o.live()) {
      const pause = pollPause(this.#looks++, this.#o.random);
      this.soon(this.#o.every > 0 ? Math.min(pause, this.#o.every) : pause);
      this.#looking = true;
    } else if (this.#o.every > 0) this.soon(this.#o.every);
  }
}
