import { soon } from './away.js';
import { Problem } from './http.js';
import { backoff } from './pace.js';

const most = 30_000; // milliseconds between attempts

// Insistence reads what a page shows again and again while the server cannot give it, until it does. Otherwise one
// failure would stay on the screen until somebody loads the page anew.
export class Insistence {
  #failures = 0;
  #end = () => {};

  // try reads now. It resolves after this attempt, whatever comes of it: read itself says what went wrong, and throws
  // it. An attempt that another one replaces is not repeated.
  async try(/** @type {() => Promise<unknown>} */ read) {
    this.stop();
    try {
      await read();
      this.#failures = 0;
    } catch (problem) {
      if (!(problem instanceof Problem) || !problem.passing) return;
      this.stop();
      this.#end = soon(backoff(this.#failures++, { most }), () => this.try(read));
    }
  }

  // stop ends the repeating.
  stop() {
    this.#end();
    this.#end = () => {};
  }
}
