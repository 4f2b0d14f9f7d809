const glance = 1000; // milliseconds for which one who was recorded sees it before the next one is
const reading = 2500; // milliseconds for which one who was not recorded can read why
const answering = 6000; // milliseconds for a question, while others wait

/** @typedef {{who: {card: string}, direction: string}} Held */

/**
 * CardQueue holds the cards that were held to the reader while somebody else was being served, so that nobody walks on
 * who was not recorded, and nobody's own answer is wiped away by the next one.
 */
export class CardQueue {
  /** @type {Held[]} */
  #held = [];

  get length() {
    return this.#held.length;
  }

  // add takes a card. One that waits already waits once, with the direction that was chosen last.
  add(/** @type {Held} */ one) {
    const same = this.#held.find(({ who }) => who.card === one.who.card);
    if (!same) this.#held.push(one);
    else if (one.direction) same.direction = one.direction;
  }

  next() {
    return this.#held.shift();
  }

  clear() {
    this.#held = [];
  }

  // rest is how long what is on the screen stays before the next card.
  static rest({ question, kind }) {
    if (question) return answering;
    return kind === 'error' ? reading : glance;
  }
}
