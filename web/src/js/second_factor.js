import { text } from './language.js';
import { get, request } from './http.js';
import { Insistence } from './insistence.js';
import { compose, none } from './list.js';
import { moment } from './moments.js';
import { within } from './nav.js';
import { able, submitProved } from './passkey.js';
import { passkeysChanged } from './passkeys.js';
import { begin, session } from './start.js';
import { copied, dialog, element, form, required, saveFile, toast } from './ui.js';

// sessionsEnded tells the list of sessions that a first second factor has ended the others.
export const sessionsEnded = 'hadir-sessions-ended';

const blank = { password: '', code: '' };

// steps are what the dialog asks for, one after the other: the password; the code of the app that was just told the
// secret, or to turn off and to make new recovery codes both; and at last it shows the recovery codes.
const asks = {
  begin: ['password'],
  scan: ['code'],
  renew: ['password', 'code'],
  off: ['password', 'code'],
};

// needs is what a step asks of this account, which may have no password.
const needs = (step) => (asks[step] ?? []).filter((name) => name !== 'password' || !session.user.no_password);

/**
 * send does what the step is for.
 * @this {any}
 */
async function send({ password, code }) {
  // In the place of a code there may be the answer of a passkey, which counts once.
  const proof = this.proof ? { password, passkey: this.proof } : { password, code };
  Object.assign(this, { proof: none });
  switch (this.step) {
    case 'begin':
      Object.assign(this, { key: (await request('POST', '/api/me/second-factor', { body: { password } })).data });
      this.to('scan');
      break;
    case 'scan':
      await this.present(await request('POST', '/api/me/second-factor/confirm', { body: { code } }));
      dispatchEvent(new Event(sessionsEnded));
      break;
    case 'renew':
      await this.present(await request('POST', '/api/me/second-factor/recovery-codes', { body: proof }));
      break;
    case 'off':
      await request('POST', '/api/me/second-factor/off', { body: proof });
      dialog('factor').close();
      toast('good', text(this.state.passkeys > 0 ? 'factor.appOffDone' : 'factor.offDone'));
      if (this.state.required && this.state.passkeys === 0)
        location.reload(); // to be led through setting it up again
      else await this.load();
  }
}

/**
 * check names what the step lacks.
 * @this {any}
 */
function check(values) {
  const names = needs(this.step);
  return required(values, this.proof ? names.filter((name) => name !== 'code') : names);
}

// secondFactor is the part of the page Profil that sets the second factor up, and turns it off.
export function secondFactor() {
  const insistence = new Insistence();
  return compose(form(blank, send, check), {
    text,
    step: 'begin',
    state: /** @type {import('./api').Answer<'GET', '/api/me/second-factor'>} */ (none),
    key: /** @type {import('./api').Answer<'POST', '/api/me/second-factor'>} */ (none),
    codes: /** @type {string[]} */ ([]),
    problem: '',
    proof: /** @type {import('./passkey').Proof} */ (none), // of a passkey, for the next request

    init() {
      addEventListener(passkeysChanged, (event) => this.passkeysChanged(/** @type {CustomEvent} */ (event).detail));
      if (!session.user.must_change_password) this.load();
    },
    // passkeysChanged shows what is left now, and the recovery codes that came with the first passkey. Whose role needs
    // a second factor is led through setting one up again after the last one.
    async passkeysChanged(/** @type {string[]} */ codes) {
      if (codes.length > 0) {
        dialog('factor').showModal();
        await this.present({ data: { codes } });
        return;
      }
      await this.load();
      if (this.state?.required && !this.isOn) location.reload();
    },
    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      try {
        Object.assign(this, { state: await get('/api/me/second-factor'), problem: '' });
      } catch (problem) {
        this.problem = problem.message;
        throw problem;
      }
    },
    // to goes on to a step and puts the focus on what it asks for first.
    to(step) {
      this.step = step;
      this.fill();
      const first = `factor-${needs(step)[0] ?? 'title'}`;
      setTimeout(() => element(first).focus(), 0); // once it is shown
    },
    // present shows recovery codes.
    async present({ data }) {
      if (data.codes.length === 0) {
        // The earlier ones stay.
        this.close();
        toast('good', text('factor.appOn'));
        await this.load();
        return;
      }
      this.codes = data.codes;
      this.to('codes');
      await this.load();
    },
    open(step) {
      this.to(step);
      dialog('factor').showModal();
    },
    setUp() {
      this.open('begin');
    },
    renew() {
      this.open('renew');
    },
    turnOff() {
      this.open('off');
    },
    close() {
      dialog('factor').close();
    },
    // closed forgets what must not be shown again. Who had to set it up goes on to where they wanted.
    closed() {
      const done = this.step === 'codes';
      Object.assign(this, { key: none, codes: [] });
      this.fill();
      if (!done || !session.user.must_set_up_second_factor) return;
      location.assign(within(new URLSearchParams(location.search).get('next') ?? '') || begin(session.user));
    },
    // usePasskey proves with a passkey what a code would.
    usePasskey() {
      return submitProved(this, required(this.values, session.user.no_password ? [] : ['password']));
    },
    async copy() {
      if (await copied(this.codes.join('\n'), '[data-test="factor-codes"]')) toast('good', text('factor.copied'));
    },
    save() {
      const lines = [`Hadir · ${session.user.login}`, '', ...this.codes, ''].join('\r\n');
      saveFile('hadir-recovery-codes.txt', lines, 'text/plain');
    },

    // unsaved is the question before the recovery codes are gone. Only their own button closes them without it.
    get unsaved() {
      return this.shows && text('ui.once');
    },
    get isOn() {
      return Boolean(this.state?.since);
    },
    get isOff() {
      return this.state !== null && !this.state.since;
    },
    get appOn() {
      return Boolean(this.state?.app);
    },
    get appOff() {
      return this.state !== null && !this.state.app;
    },
    get takesPasskey() {
      return ['renew', 'off'].includes(this.step) && this.state?.usable_passkeys > 0 && able();
    },
    get since() {
      return this.state?.since ? text('factor.since', { when: moment(this.state.since) }) : '';
    },
    get left() {
      return this.isOn ? text('factor.left', { n: this.state.recovery_codes }) : '';
    },
    get asksPassword() {
      return needs(this.step).includes('password');
    },
    get asksCode() {
      return needs(this.step).includes('code');
    },
    get scans() {
      return this.step === 'scan';
    },
    get shows() {
      return this.step === 'codes';
    },
    get going() {
      return this.step !== 'codes';
    },
    get qr() {
      return this.key?.qr ?? 'data:,';
    },
    get url() {
      return this.key?.url ?? '';
    },
    get secret() {
      return this.key?.secret.replace(/.{4}(?=.)/g, '$& ') ?? '';
    },
    get title() {
      return text(`factor.step.${this.step}`);
    },
    get why() {
      const beside = this.step === 'scan' ? this.isOn : this.step === 'off' && this.state.passkeys > 0;
      return text(`factor.why.${this.step}${beside ? 'Beside' : ''}`);
    },
    get codeHint() {
      return text(this.step === 'scan' ? 'factor.codeHint' : 'confirm.codeHint');
    },
    get warned() {
      return this.step === 'off' && this.state.required && this.state.passkeys === 0;
    },
    get nextText() {
      return text({ scan: 'factor.setUp', off: 'factor.turnOff' }[this.step] ?? 'factor.next');
    },
  });
}
