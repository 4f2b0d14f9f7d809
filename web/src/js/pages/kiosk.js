import { Attempts } from '../attempts.js';
import { stayAwake } from '../awake.js';
import { soon } from '../away.js';
import { Reader } from '../badge.js';
import { device } from '../device.js';
import { Problem, request, within } from '../http.js';
import { KioskClock } from '../kiosk_clock.js';
import { codeAt, linkOf, picture } from '../kiosk_codes.js';
import { digits, letters, numberAfter, onlyDigits, pinAfter, pinLength, Prefix } from '../kiosk_entry.js';
import { clockTime, dayOf, language, otherLanguage, setLanguage, text, zoneName } from '../language.js';
import { compose, none } from '../list.js';
import { backoff } from '../pace.js';
import { signOut, speak, start } from '../start.js';
import { turns } from '../turns.js';
import { focusShown, form, required } from '../ui.js';

/** @typedef {import('../api').Answer<'GET', '/api/kiosk'>} Kiosk */
/** @typedef {{kind: string, title: string, what: string, more: string, punch: number}} Result */

const every = 60_000; // milliseconds after which the kiosk asks the server again
const rests = 5000; // milliseconds between attempts while there is no server, at most
const patience = 10_000; // milliseconds until a punch is given up
const shownFor = 4000; // milliseconds for which somebody sees what was recorded
const idleFor = 20_000; // milliseconds after which nobody stands there any more
const directionFor = 8000; // milliseconds for which a direction waits for whoever chose it
const readerWaits = 120; // milliseconds after the last digit in which it may turn out to be a card's

// guest: somebody is signed in in this browser.
const guest = () => device.person !== 0 && !device.leaving;

start('kiosk', () => {
  const clock = new KioskClock();
  const reader = new Reader();
  const prefix = new Prefix();
  const turn = turns(); // of asking the server
  /** @type {any} */
  let page = null; // the component, as Alpine knows it
  let ends = () => {}; // the pause until the server is asked again
  let failures = 0;
  let reading = false;
  let drawn = { code: '', address: '' };
  let before = { number: '', pin: '' }; // what was there when a card may have begun
  /** @type {{who: {card: string}, direction: string} | null} */
  let next = null; // the card that was held to the reader while another punch was on its way
  const attempts = new Attempts();
  /** @type {Record<string, ReturnType<typeof setTimeout> | undefined>} */
  const timers = {};
  const stop = (name) => {
    clearTimeout(timers[name]);
    timers[name] = undefined;
  };
  const later = (name, ms, act) => {
    stop(name);
    timers[name] = setTimeout(() => {
      timers[name] = undefined;
      act();
    }, ms);
  };

  async function pair({ code }) {
    const asked = clock.mark();
    const body = { code: code.replace(/[\s-]/g, '').toUpperCase() };
    const { data } = await request('POST', '/api/kiosk/pair', { body, stay: true });
    turn()(); // an answer that is under way is about no kiosk yet
    page.take(data, asked);
    page.fill();
    page.waitFor(every);
  }

  return compose(
    form({ code: '' }, pair, (values) => required(values, ['code'])),
    {
      text,
      kiosk: /** @type {Kiosk} */ (none),
      known: false, // whether this tablet is a kiosk at all
      lost: false,
      away: '',
      now: NaN, // the server's time, in milliseconds
      number: '',
      pin: '',
      field: 'number',
      spells: false,
      direction: '', // as the person chose it
      sending: false,
      question: '',
      asked: none, // what the question is about
      result: /** @type {Result} */ (none),
      mayFill: false,
      hasGuest: guest(),

      init() {
        page = this;
        document.addEventListener('visibilitychange', () => {
          this.hasGuest = guest();
        });
        addEventListener('offline', () => this.cutOff());
        document.addEventListener('fullscreenchange', () => this.lookAtScreen());
        this.lookAtScreen();
        stayAwake();
        this.beat();
        return this.load();
      },
      // beat moves the clock on, with every second of the server's.
      beat() {
        this.now = clock.now();
        if (this.kiosk && clock.doubtful && !reading && !this.away) this.load();
        later('beat', 1000 - (this.now % 1000 || 0), () => this.beat());
      },
      // load asks who this kiosk is, and for the codes of the next minutes. It is how the server knows that it lives.
      async load() {
        ends();
        const isNews = turn();
        const asked = clock.mark();
        reading = true;
        try {
          const { data } = await request('GET', '/api/kiosk', { stay: true });
          if (!isNews()) return;
          this.take(data, asked);
          this.waitFor(every);
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem;
          if (isNews()) this.fail(problem);
        } finally {
          reading = false;
        }
      },
      waitFor(ms) {
        ends();
        ends = soon(ms, () => this.load());
      },
      take(/** @type {Kiosk} */ kiosk, asked) {
        clock.learn(kiosk.now, asked);
        failures = 0;
        const spoken = this.kiosk?.language;
        Object.assign(this, { kiosk, known: true, lost: false, away: '', now: clock.now() });
        if (kiosk.language !== spoken) this.speakOwn();
        if (!spoken) this.forgetTyped();
      },
      // fail takes an answer that is none. Without a server nothing is taken, since nobody would know whose it is.
      fail(/** @type {Problem} */ problem) {
        if (problem.status === 401) {
          this.unpair();
          return;
        }
        this.known = true;
        // A node of a release without kiosks knows no such address: soon there is none any more.
        this.away = problem.again || problem.status === 404 ? text('kiosk.away') : problem.message;
        this.waitFor(backoff(failures++, { most: rests }));
      },
      cutOff() {
        if (!this.known || this.pairs) return;
        this.away = text('kiosk.away');
      },
      unpair() {
        ends();
        turn()();
        attempts.endAll();
        Object.assign(this, { lost: Boolean(this.kiosk), kiosk: none, known: true, away: '', result: none });
        this.forgetTyped();
        focusShown('code');
      },
      speakOwn() {
        if (this.kiosk.language !== language.state.now) setLanguage(this.kiosk.language).catch(() => {});
      },
      switchLanguage() {
        return speak(otherLanguage());
      },

      // touch is called for everything that somebody does. Who goes away leaves nothing behind.
      touch() {
        later('idle', idleFor, () => {
          if (!this.kiosk) return;
          this.forgetTyped();
          this.speakOwn();
        });
      },
      forgetTyped() {
        stop('pin');
        Object.assign(this, { number: prefix.now, pin: '', spells: false, direction: '', question: '', asked: none });
        this.toField('number');
      },
      toField(name) {
        this.field = name;
        if (this.takesPin && !this.question) focusShown(name);
      },
      // press sees every key of a keyboard before the fields do, and finds the cards among them.
      press(event) {
        this.touch();
        if (!this.kiosk || event.repeat) return;
        const card = this.takesBadge ? reader.press(event.key, event.timeStamp) : '';
        if (reader.began) before = { number: this.number, pin: this.pin };
        if (timers.pin && event.key.length === 1) later('pin', readerWaits, () => this.enter()); // a card goes on
        if (card) {
          event.preventDefault();
          event.stopPropagation();
          stop('pin');
          Object.assign(this, before);
          if (this.sending) next = { who: { card }, direction: this.chosen() };
          else this.punch({ card });
        } else if (event.key === 'Escape') this.forgetTyped();
        else if (this.result && event.key.length === 1) this.dismiss();
      },
      // tap is a key of the page.
      tap(event) {
        const { key } = event.currentTarget.dataset;
        if (this.field === 'pin') this.pin = pinAfter(this.pin, key);
        else if (key === 'other') this.spells = !this.spells;
        else this.number = numberAfter(this.number, key);
        this.typed();
      },
      // typed goes on by itself after the last digit of a PIN.
      typed() {
        this.pin = onlyDigits(this.pin);
        stop('pin');
        if (this.direction) this.waitForWho();
        if (this.field === 'pin' && this.pin.length === pinLength) later('pin', readerWaits, () => this.enter());
      },
      enter() {
        stop('pin');
        const number = this.number.trim();
        if (!number || number === prefix.now) this.toField('number');
        else if (this.pin.length < pinLength) this.toField('pin');
        else this.punch({ number, pin: this.pin });
      },
      atNumber() {
        this.field = 'number';
      },
      atPin() {
        Object.assign(this, { field: 'pin', spells: false });
      },
      choose(event) {
        this.direction = event.currentTarget.dataset.direction;
        this.waitForWho();
      },
      // waitForWho forgets a direction that somebody chose and did not use: it is not meant for the next one.
      waitForWho() {
        later('direction', directionFor, () => this.chosen());
      },
      // chosen takes the direction for the punch that is sent now. Whoever comes next has chosen none.
      chosen() {
        const { direction } = this;
        this.direction = '';
        return direction;
      },

      /**
       * punch records what a person typed or held to the reader.
       * @param {{card?: string, number?: string, pin?: string, confirm?: boolean}} who
       * @param {string} [chosen] the direction, where it was chosen before
       */
      async punch(who, chosen) {
        if (this.sending || this.away) return;
        Object.assign(this, { sending: true, question: '', asked: none, result: none });
        const { key, direction } = attempts.of(who, chosen ?? this.chosen());
        const body = { ...who, ...(direction && { direction }) };
        try {
          const { data } = await request('POST', '/api/kiosk/punches', {
            body: /** @type {any} */ (body),
            headers: { 'Idempotency-Key': key },
            stay: true,
            signal: within(patience),
          });
          attempts.end(who);
          if (who.number) prefix.learn(who.number);
          this.forgetTyped();
          this.tell(data);
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem;
          if (!problem.again) attempts.end(who);
          this.refuse(problem, body);
        } finally {
          this.sent();
        }
      },
      // sent goes on with the card that came meanwhile, so that nobody walks on who was not recorded.
      sent() {
        this.sending = false;
        const card = next;
        next = null;
        if (!card) return;
        if (this.away) this.say('error', text('kiosk.refused'), this.away);
        else this.punch(card.who, card.direction);
      },
      // refuse takes the answer to a punch that was not recorded.
      refuse(/** @type {Problem} */ problem, body) {
        this.pin = '';
        if (problem.status === 401 || problem.again) {
          this.fail(problem);
          if (problem.again) this.say('error', text('kiosk.unsure'), text('kiosk.unsureWhy'));
          return;
        }
        if (problem.code === 'confirm_direction') {
          Object.assign(this, { question: text('kiosk.ask'), asked: body });
          focusShown('no'); // a key too many is no yes
          return;
        }
        this.say('error', text('kiosk.refused'), problem.message);
        this.toField('number' in body ? 'pin' : 'number');
      },
      agree() {
        const { direction = '', ...who } = this.asked;
        return this.punch({ ...who, confirm: true }, direction);
      },
      // tell shows who was recorded with what, for as long as nobody else comes.
      tell(/** @type {import('../api').Answer<'POST', '/api/kiosk/punches'>} */ punch) {
        const { direction, occurred_at, late_minutes: late } = punch;
        const own = punch.undo_until ? punch.punch_id : 0; // what a phone recorded is not this kiosk's to take back
        const what = text('kiosk.recorded', {
          direction: text(`direction.${direction}`),
          time: clockTime(occurred_at, this.kiosk.zone),
        });
        this.say('good', punch.name, what, late ? text('kiosk.late', { n: late }) : '', own);
      },
      say(kind, title, what, more = '', punch = 0) {
        Object.assign(this, { result: { kind, title, what, more, punch } });
        later('result', shownFor, () => this.dismiss());
      },
      dismiss() {
        stop('result');
        this.result = none;
        this.toField(this.field);
      },
      // notMe takes back what was recorded for somebody else.
      async notMe() {
        const { punch: id } = this.result;
        if (!id || this.sending) return;
        stop('result');
        this.sending = true; // nobody else punches until it is known
        try {
          await request('POST', '/api/kiosk/punches/{id}/void', { path: { id }, stay: true, signal: within(patience) });
          this.say('info', text('kiosk.voided'), text('kiosk.voidedWhy'));
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem;
          const title = text(problem.again ? 'kiosk.unsureVoided' : 'kiosk.notVoided');
          if (problem.status === 401 || problem.again) this.fail(problem);
          this.say('error', title, problem.message);
        } finally {
          this.sent();
        }
      },
      // signOut ends the session of whoever set the kiosk up and is still signed in in this browser: the next one who
      // leaves the full screen would be that person.
      async signOut() {
        await device.mustLeave(device.person);
        try {
          await signOut();
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem; // the next page that is opened goes on with it
        }
        this.hasGuest = guest();
      },

      lookAtScreen() {
        this.mayFill = Boolean(document.fullscreenEnabled && !document.fullscreenElement);
      },
      fillScreen() {
        document.documentElement.requestFullscreen().catch(() => this.lookAtScreen());
      },

      get otherLanguage() {
        return text('language.other');
      },
      get pairs() {
        return this.known && !this.kiosk && !this.away;
      },
      get paired() {
        return Boolean(this.kiosk);
      },
      get silent() {
        return !this.kiosk && this.away !== '';
      },
      takes(mode) {
        return Boolean(this.kiosk?.modes.includes(mode));
      },
      get takesQr() {
        return this.takes('qr');
      },
      get takesPin() {
        return this.takes('pin');
      },
      get takesBadge() {
        return this.takes('badge');
      },
      get cardsOnly() {
        return this.takesBadge && !this.takesPin;
      },
      get typesOrScans() {
        return this.takesPin || this.takesBadge;
      },
      get branch() {
        return this.kiosk?.branch ?? '';
      },
      get name() {
        return this.kiosk?.name ?? '';
      },
      get clock() {
        return this.kiosk ? clockTime(this.now, this.kiosk.zone, true) : '';
      },
      get zone() {
        return this.kiosk ? zoneName(this.now, this.kiosk.zone) : '';
      },
      get date() {
        const shape = /** @type {const} */ ({ weekday: 'long', day: 'numeric', month: 'long' });
        return this.kiosk ? dayOf(this.now, this.kiosk.zone, shape) : '';
      },
      get code() {
        if (!this.takesQr || this.away || clock.doubtful) return '';
        return codeAt(this.kiosk.codes ?? [], this.now, this.kiosk.step_ms);
      },
      get hasCode() {
        return this.code !== '';
      },
      get noCode() {
        return this.code === '';
      },
      // qr is the image of the present code, drawn once.
      get qr() {
        const { code } = this;
        if (!code) return null;
        if (drawn.code !== code) drawn = { code, address: picture(linkOf(code, location.origin)) };
        return drawn.address;
      },
      get off() {
        return this.sending || this.away !== '';
      },
      get digitKeys() {
        return this.keysOf(digits);
      },
      get letterKeys() {
        return this.keysOf(letters);
      },
      keysOf(keys) {
        const other = this.field === 'pin' ? text('kiosk.clear') : text(this.spells ? 'kiosk.digits' : 'kiosk.letters');
        const named = { other, back: '⌫' };
        return keys.map((key) => ({
          key,
          label: named[key] ?? key,
          name: key === 'back' ? text('kiosk.erase') : (named[key] ?? key),
          wide: key.length > 1,
        }));
      },
      get counts() {
        return !this.spells;
      },
      get directions() {
        return ['', 'in', 'out'].map((direction) => ({
          direction,
          pressed: this.direction === direction,
          label: text(direction ? `direction.${direction}` : 'kiosk.byItself'),
        }));
      },
      get enterText() {
        if (this.sending) return text('kiosk.sending');
        return text(this.field === 'number' ? 'kiosk.next' : 'kiosk.enter');
      },
      get shows() {
        return this.result !== null;
      },
      get asks() {
        return this.question !== '';
      },
      get kind() {
        return this.result?.kind ?? '';
      },
      get title() {
        return this.result?.title ?? '';
      },
      get what() {
        return this.result?.what ?? '';
      },
      get more() {
        return this.result?.more ?? '';
      },
      get mayVoid() {
        return !this.sending && (this.result?.punch ?? 0) > 0;
      },
      // announced is what a screen reader says of a result, whose place is hidden before.
      get announced() {
        return [this.title, this.what, this.more].filter(Boolean).join('. ');
      },
    },
  );
});
