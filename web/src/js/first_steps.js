import { get, Problem, send } from './http.js';
import { text } from './language.js';
import { admin } from './nav.js';
import { session } from './start.js';
import { copied, toast } from './ui.js';

/** @typedef {import('./api').Answer<'GET', '/api/begun'>} Begun */

const steps = /** @type {const} */ (['branch', 'shift', 'employee', 'account', 'pattern', 'punch']);
const ofAdmins = ['branch', 'shift']; // nobody else makes these

const awayKey = () => `hadir.steps.${session.user.id}`;

// firstSteps is the card of Dasbor that leads from nothing to the first punch. It is a component within that page,
// whose latest punches it watches.
export function firstSteps() {
  return /** @type {any} */ ({
    text,
    begun: /** @type {Begun | null} */ (null),
    wanted: false, // something was missing when the page was opened
    away: false,
    busy: false,
    problem: '',

    init() {
      try {
        this.away = localStorage.getItem(awayKey()) === 'away';
      } catch {
        /* private windows may refuse; then it is shown */
      }
      this.read();
      this.$watch('latest', () => {
        if (this.begun && !this.begun.punch) this.read();
      });
    },
    async read() {
      try {
        this.begun = await get('/api/begun');
        this.wanted ||= !this.complete;
      } catch {
        /* a server of the release before, or one that is away: the page says that already */
      }
    },
    // useExample makes a branch and a shift, so that the first employee can be added.
    async useExample() {
      if (this.busy) return;
      Object.assign(this, { busy: true, problem: '' });
      try {
        const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions();
        const { branch, shift } = await send('POST', '/api/example', { body: { zone } });
        if (!session.branches.some((b) => b.id === branch.id)) session.branches.push(branch);
        toast('good', text('steps.exampleDone', { branch: branch.name, shift: shift.name }));
        await this.read();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.problem = problem.message;
      } finally {
        this.busy = false;
      }
    },
    putAway() {
      if (this.complete) this.wanted = false;
      else this.keep(true);
    },
    bringBack() {
      this.keep(false);
    },
    keep(/** @type {boolean} */ away) {
      this.away = away;
      try {
        if (away) localStorage.setItem(awayKey(), 'away');
        else localStorage.removeItem(awayKey());
      } catch {
        /* until the page is left */
      }
    },
    async copyAddress() {
      if (await copied(location.origin, '[data-step="punch"] [data-test="step-address"]'))
        toast('good', text('steps.copied'));
    },

    get mine() {
      return steps.filter((name) => admin(session.user) || !ofAdmins.includes(name));
    },
    get done() {
      return this.mine.filter((name) => this.begun?.[name]).length;
    },
    get complete() {
      return this.begun !== null && this.done === this.mine.length;
    },
    get shown() {
      return this.wanted;
    },
    get open() {
      return !this.away && !this.complete;
    },
    get hideable() {
      return !this.away || this.complete;
    },
    get hideText() {
      return text(this.complete ? 'ui.close' : 'steps.hide');
    },
    get bringable() {
      return this.away && !this.complete;
    },
    get title() {
      return text(this.complete ? 'steps.finished' : 'steps.title', { done: this.done, all: this.mine.length });
    },
    get exampleOffered() {
      return admin(session.user) && this.begun !== null && !(this.begun.branch && this.begun.shift);
    },
    // Where admins have to begin, whoever looks after a branch only reads what is missing.
    get waiting() {
      return !admin(session.user) && this.begun !== null && !(this.begun.branch && this.begun.shift);
    },
    get list() {
      const next = this.mine.find((name) => !this.begun?.[name]);
      return this.mine.map((name) => {
        const done = Boolean(this.begun?.[name]);
        const punch = name === 'punch';
        return {
          name,
          done: String(done),
          mark: done ? 'present' : 'pending',
          state: text(done ? 'steps.done' : 'steps.open'),
          label: text(`steps.label.${name}`),
          why: done ? '' : text(`steps.why.${name}`),
          go: text(punch ? 'steps.copy' : `steps.go.${name}`),
          href: this.placeOf(name),
          look: name === next && !this.exampleOffered ? 'primary' : 'secondary',
          linked: !done && !punch,
          address: !done && punch ? location.origin : '',
        };
      });
    },
    // placeOf is where a step is taken: the page opens the form that its address asks for.
    placeOf(name) {
      const { employee, first_employee_id: first } = this.begun ?? {};
      if (name === 'branch') return '/cabang#baru';
      if (name === 'shift') return '/shift#baru';
      if (name === 'pattern' && employee) return '/shift#pola';
      if (name === 'account' && employee) return admin(session.user) ? '/pengguna#banyak' : `/karyawan#akun-${first}`;
      return '/karyawan#baru';
    },
  });
}
