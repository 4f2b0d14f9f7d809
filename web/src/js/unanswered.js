const repeats = 120_000; // milliseconds with a server for which somebody may come once more
const oneTime = 60_000; // milliseconds without a lost answer that part two times
const most = 10; // times that the server takes
const oldest = 3_600_000; // milliseconds after which nobody comes once more, with or without a server

/** @typedef {{card?: string, number?: string}} Who */

/** @param {Who} who */
const nameOf = ({ card, number }) => (card ? `card ${card}` : `number ${number}`);

/**
 * Unanswered are the times in which a kiosk waited for the answer to a punch that may have been recorded. They go with
 * the punches after them: to somebody who comes once more the server says what it recorded then. They outlive the page
 * and have nothing of any person; only the directions that were chosen then do, and end with the page.
 */
export class Unanswered {
  #device;
  /** @type {Map<string, string>} */
  #directions = new Map();
  /** @type {{from: number, to: number, until: number}[]} */
  #times = []; // in milliseconds of the server's clock; until: of the first minutes with a server after it

  /** @param {{unanswered: string}} device */
  constructor(device) {
    this.#device = device;
    try {
      const kept = JSON.parse(device.unanswered || '[]');
      this.#times = kept.map(([from, to]) => ({ from, to, until: Infinity }));
    } catch {
      device.unanswered = '';
    }
  }

  // add takes a punch whose answer was lost: from when it was sent until when it was given up. One after the other they
  // make one time, so that there is room for all of a bad morning.
  add(who, direction, from, to) {
    this.#directions.set(nameOf(who), direction);
    const before = this.#times.at(-1);
    if (before && from - before.to < oneTime) Object.assign(before, { to, until: Infinity });
    else this.#times = [...this.#times, { from, to, until: Infinity }].slice(-most);
    this.#keep();
  }

  // answered takes an answer of the server: from now on whoever was not answered may come once more.
  answered(now) {
    for (const time of this.#times) time.until = Math.min(time.until, now + repeats);
    const open = this.#times.filter(({ to, until }) => now < until && now < to + oldest);
    if (open.length === this.#times.length) return;
    this.#times = open;
    if (open.length === 0) this.#directions.clear();
    this.#keep();
  }

  // at are the times that count at an instant, as the server takes them.
  at(now) {
    return this.#times
      .filter(({ to, until }) => now < until && now < to + oldest)
      .map(({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
  }

  // directionOf is the direction that somebody chose whose answer was lost; '' for none.
  directionOf(who) {
    return this.#directions.get(nameOf(who)) ?? '';
  }

  // recorded ends what is known of somebody: what they choose next is about the next punch.
  recorded(who) {
    this.#directions.delete(nameOf(who));
  }

  end() {
    this.#times = [];
    this.#directions.clear();
    this.#keep();
  }

  #keep() {
    this.#device.unanswered = this.#times.length ? JSON.stringify(this.#times.map(({ from, to }) => [from, to])) : '';
  }
}
