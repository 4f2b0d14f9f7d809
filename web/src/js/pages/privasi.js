import { otherLanguage, text } from '../language.js';
import { get } from '../http.js';
import { Insistence } from '../insistence.js';
import { speak, start } from '../start.js';

// What is stored, in the order of the page. Of what a setting decides, its name in the answer follows.
const stored = [
  ['who'],
  ['account', 'sessions'],
  ['signIns', 'addresses'],
  ['punches'],
  ['positions', 'positions'],
  ['days'],
  ['requests'],
  ['reminders'],
  ['files'],
  ['audit'],
];

start('privasi', () => ({
  text,
  /** @type {import('../api').Answer<'GET', '/api/privacy'> | null} */
  kept: null,
  problem: '',

  init() {
    new Insistence().try(() => this.read());
  },
  async read() {
    try {
      Object.assign(this, { kept: await get('/api/privacy', { stay: true }), problem: '' });
    } catch (problem) {
      this.problem = problem.message;
      throw problem;
    }
  },
  get fresh() {
    return !this.kept && !this.problem;
  },
  get loaded() {
    return this.kept !== null;
  },
  get items() {
    return stored.map(([key, setting]) => ({
      key,
      what: text(`privacy.${key}.what`),
      why: text(`privacy.${key}.why`),
      long: text('privacy.long', { long: this.howLong(key, setting) }),
    }));
  },
  howLong(key, setting) {
    const n = setting ? (this.kept?.[setting] ?? 0) : 0;
    if (setting && n === 0) return text('privacy.kept');
    return text(`privacy.${key}.long`, { n });
  },
  get leavers() {
    const n = this.kept?.leavers ?? 0;
    return n > 0 ? text('privacy.leaversAfter', { n }) : text('privacy.leaversAsked');
  },
  get contact() {
    return this.kept?.contact || text('privacy.admins');
  },
  get otherLanguage() {
    return text('language.other');
  },
  switchLanguage() {
    return speak(otherLanguage());
  },
}));
