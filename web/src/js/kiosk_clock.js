const drift = 2000; // milliseconds by which the device's two clocks may differ before neither is believed

// KioskClock is the server's time on a tablet. The tablet's own clock may be wrong, and may be set while the page is
// open, so the time since the server's last answer is taken from the monotonic one. That one stands still in some
// browsers while the device sleeps.
export class KioskClock {
  #mono;
  #wall;
  #known = { server: NaN, mono: 0, wall: 0 };

  constructor(mono = () => performance.now(), wall = () => Date.now()) {
    this.#mono = mono;
    this.#wall = wall;
  }

  // mark is an instant of the monotonic clock, to be given to learn.
  mark() {
    return this.#mono();
  }

  // learn takes the server's time out of an answer that was asked for at a mark: it was said half way in between.
  learn(now, asked) {
    const mono = this.#mono();
    this.#known = { server: Date.parse(now) + (mono - asked) / 2, mono, wall: this.#wall() };
  }

  // now is the server's time in milliseconds; NaN before anything was learnt.
  now() {
    return this.#known.server + this.#mono() - this.#known.mono;
  }

  // doubtful tells whether the device slept, or its clock was set, since the server told the time.
  get doubtful() {
    const { mono, wall } = this.#known;
    return Math.abs(this.#wall() - wall - (this.#mono() - mono)) > drift;
  }
}
