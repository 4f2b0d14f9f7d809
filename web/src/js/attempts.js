import { uuid } from './uuid.js';

const repeats = 120_000; // milliseconds for which a punch without an answer is repeated as it was

/** @typedef {{card?: string, number?: string}} Who */

/** @param {Who} who */
const nameOf = ({ card, number }) => (card ? `card ${card}` : `number ${number}`);

/**
 * Attempts are the punches at a kiosk that may have been recorded without an answer, by whose they are. A PIN is no
 * part of them, so that none stays in the page.
 */
export class Attempts {
  /** @type {Map<string, {key: string, direction: string, until: number}>} */
  #open = new Map();

  /**
   * of tells how somebody's punch is sent: as the earlier one without an answer was, with its key and direction, unless
   * another direction is chosen now. That ends after two minutes, since the same person comes again in the evening.
   * @param {Who} who
   * @param {string} direction '' where none was chosen
   */
  of(who, direction) {
    const now = Date.now();
    for (const [name, { until }] of this.#open) if (until <= now) this.#open.delete(name);
    const earlier = this.#open.get(nameOf(who));
    if (earlier && (!direction || direction === earlier.direction)) return earlier;
    const attempt = { key: uuid(), direction, until: now + repeats };
    this.#open.set(nameOf(who), attempt);
    return attempt;
  }

  /** @param {Who} who */
  end(who) {
    this.#open.delete(nameOf(who));
  }

  endAll() {
    this.#open.clear();
  }
}
