import { get, request } from './http.js';
import { Insistence } from './insistence.js';
import { onlyDigits, pinLength } from './kiosk_entry.js';
import { text } from './language.js';
import { compose } from './list.js';
import { due } from './nav.js';
import { session } from './start.js';
import { form, toast } from './ui.js';

/**
 * save sends the form.
 * @this {any}
 */
async function save({ pin }) {
  await request('PUT', '/api/me/pin', { body: { pin } });
  this.fill();
  Object.assign(this, { visible: false, there: true });
  toast('good', text('profile.pinSaved'));
}

const check = ({ pin }) =>
  /** @type {Record<string, string>} */ (
    onlyDigits(pin) === pin && pin.length === pinLength ? {} : { pin: text('profile.pinWrong') }
  );

// ownPin is the part of the page Profil with which somebody chooses the PIN that they punch with at a kiosk.
export function ownPin() {
  const insistence = new Insistence();
  return compose(form({ pin: '' }, save, check), {
    text,
    visible: false,
    there: /** @type {boolean | null} */ (null), // until it is known
    problem: '',

    init() {
      if (session.employee && !due(session.user)) this.load();
    },
    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      try {
        Object.assign(this, { there: (await get('/api/me/pin')).has_pin, problem: '' });
      } catch (problem) {
        this.problem = problem.message;
        throw problem;
      }
    },

    get kind() {
      return this.visible ? 'text' : 'password';
    },
    get state() {
      if (this.there === null) return '';
      return text(this.there ? 'profile.pinThere' : 'profile.pinNone');
    },
  });
}
