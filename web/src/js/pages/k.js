import { pause } from '../away.js';
import { device } from '../device.js';
import { get, Problem, request } from '../http.js';
import { Insistence } from '../insistence.js';
import { over } from '../kiosk_codes.js';
import { clockTime, text } from '../language.js';
import { backoff } from '../pace.js';
import { scanned } from '../scanned.js';
import { confirm, mean, quick } from '../second_thoughts.js';
import { serverNow, session, start } from '../start.js';
import { focusShown } from '../ui.js';

/** @typedef {import('../api').Answer<'GET', '/api/me/today'>} Today */

const tries = 8; // some half a minute

// These say of a code that another one helps.
const spent = ['kiosk_code_expired', 'kiosk_code_used', 'kiosk_code_invalid'];

scanned(); // before anything leads away from the address

start('k', () => {
  const insistence = new Insistence();

  return {
    text,
    code: '',
    today: /** @type {Today | null} */ (null),
    problem: '',
    busy: false,
    recorded: '',
    message: '',
    now: serverNow(),

    init() {
      this.take();
      addEventListener('hashchange', () => this.take()); // scanned once more, in the same tab
      setInterval(() => {
        this.now = serverNow();
      }, 500);
      if (session.employee) this.load();
    },
    take() {
      const code = scanned();
      if (code === this.code) return;
      Object.assign(this, { code, recorded: '', message: '', now: serverNow() });
      if (this.today) this.load(); // it is another day, or another punch, by now
    },
    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      try {
        Object.assign(this, { today: await get('/api/me/today'), problem: '' });
      } catch (problem) {
        this.problem = problem.message;
        throw problem;
      }
    },
    async punch(event) {
      if (this.busy || !this.today) return;
      Object.assign(this, { busy: true, message: '' });
      const asked = event.currentTarget.dataset.direction;
      const direction = asked || (this.action === 'check_in' ? 'in' : 'out');
      try {
        const soon = quick(direction, this.today.punches, null, serverNow());
        if (await mean(direction, this.today, soon, serverNow())) await this.send(direction, soon > 0);
      } finally {
        this.busy = false;
      }
    },
    // send gives the server the code with the punch. Without an answer it is sent again under the same key, which the
    // code gives, so that also a page that was loaded anew hears what became of it when the code is long over.
    async send(direction, meant, failed = 0) {
      const { code } = this;
      const { id: user, employee_id: employee } = session.user;
      try {
        const { data } = await request(
          'POST',
          direction === 'in' ? '/api/attendances/check-in' : '/api/attendances/check-out',
          {
            body: { kiosk: code, employee_id: employee, device_id: device.id, ...(meant ? { confirm: true } : {}) },
            headers: { 'Idempotency-Key': `kiosk.${code}.${direction}` },
            user,
          },
        );
        device.scanned = '';
        this.message = '';
        const time = clockTime(data.punch?.occurred_at, data.punch?.zone);
        this.recorded = text(direction === 'in' ? 'home.recorded.in' : 'home.recorded.out', { time });
        focusShown('recorded');
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (problem.again && failed < tries) {
          this.message = problem.message;
          await pause(backoff(failed));
          return this.send(direction, meant, failed + 1);
        }
        await this.refuse(problem, direction);
      }
    },
    async refuse(/** @type {Problem} */ problem, direction) {
      if (problem.code === 'confirm_direction') {
        if (await confirm({ direction, tappedAt: serverNow() }, this.today?.zone)) await this.send(direction, true);
        return;
      }
      if (spent.includes(problem.code)) {
        device.scanned = '';
        this.code = '';
      }
      this.message = problem.message;
    },

    get stranger() {
      return !session.employee;
    },
    get waits() {
      return !this.stranger && !this.today && !this.problem && !this.late;
    },
    // late tells that there is no code, or none that the server would take.
    get late() {
      return !this.done && !this.busy && over(this.code, this.now);
    },
    get lateText() {
      return text(this.code || this.message ? 'scan.late' : 'scan.none');
    },
    get ready() {
      return !this.stranger && !this.done && !this.late && this.today !== null;
    },
    get done() {
      return this.recorded !== '';
    },
    get again() {
      return this.ready && this.action === 'done';
    },
    get name() {
      return session.employee?.name ?? session.user.name;
    },
    get action() {
      return this.today?.button.action ?? 'check_in';
    },
    get buttonText() {
      return text(this.busy ? 'home.sending' : `home.action.${this.action}`);
    },
  };
});
