import { stayAwake } from '../awake.js';
import { soon } from '../away.js';
import { Reader } from '../badge.js';
import { CardQueue } from '../card_queue.js';
import { device } from '../device.js';
import { Problem, request, within } from '../http.js';
import { KioskClock } from '../kiosk_clock.js';
import { codeAt, linkOf, picture } from '../kiosk_codes.js';
import { onlyDigits, pinLength, Prefix } from '../kiosk_entry.js';
import { keyPad } from '../key_pad.js';
import { clockTime, dayOf, language, otherLanguage, setLanguage, text, zoneName } from '../language.js';
import { shownResult } from '../kiosk_result.js';
import { compose, none } from '../list.js';
import { backoff } from '../pace.js';
import { signOut, speak, start } from '../start.js';
import { turns } from '../turns.js';
import { focusShown, form, required } from '../ui.js';
import { Unanswered } from '../unanswered.js';
import { uuid } from '../uuid.js';

/** @typedef {import('../api').Answer<'GET', '/api/kiosk'>} Kiosk */

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
  /** @type {{card: string, result: import('../kiosk_result.js').Result}} */
  let served = { card: '', result: none }; // whose punch is on its way, or was recorded just now
  const queue = new CardQueue();
  const unanswered = new Unanswered(device);
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
    compose(
      form({ code: '' }, pair, (values) => required(values, ['code'])),
      compose(keyPad(), shownResult()),
    ),
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
      direction: '', // as the person chose it
      sending: false,
      waiting: 0, // cards
      question: '',
      asked: none, // what the question is about
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
        unanswered.answered(clock.now());
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
        this.leave(problem.again || problem.status === 404 ? text('kiosk.away') : problem.message);
        this.waitFor(backoff(failures++, { most: rests }));
      },
      cutOff() {
        if (!this.known || this.pairs) return;
        this.leave(text('kiosk.away'));
      },
      // leave says why nothing is taken. What somebody had typed would be the next one's when the server is back.
      leave(why) {
        if (!this.away) this.forgetTyped();
        this.away = why;
      },
      unpair() {
        ends();
        turn()();
        unanswered.end();
        queue.clear();
        stop('next');
        this.waiting = 0;
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
        this.direction = '';
        this.forgetWho();
      },
      // forgetWho leaves a direction: whoever comes next may have chosen it while this one was served.
      forgetWho() {
        stop('pin');
        Object.assign(this, { number: prefix.now, pin: '', spells: false, question: '', asked: none });
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
        if (this.direction) this.waitForWho();
        if (timers.pin && event.key.length === 1) later('pin', readerWaits, () => this.enter()); // a card goes on
        if (card || reader.spoilt) {
          event.preventDefault();
          event.stopPropagation();
          stop('pin');
          Object.assign(this, before);
          if (card) this.hold(card);
          else this.say('error', text('kiosk.refused'), text('kiosk.spoilt'));
        } else if (event.key === 'Escape') this.forgetTyped();
        else if (this.result && event.key.length === 1) this.dismiss();
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
        if (this.sending) return;
        const direction = (chosen ?? this.chosen()) || unanswered.directionOf(who);
        if (this.away) {
          this.turnAway();
          return;
        }
        Object.assign(this, { sending: true, question: '', asked: none, result: none });
        stop('served');
        served = { card: who.card ?? '', result: none };
        const from = clock.now();
        const lost = unanswered.at(from);
        const body = { ...who, ...(direction && { direction }), ...(lost.length && { unanswered: lost }) };
        try {
          const { data } = await request('POST', '/api/kiosk/punches', {
            body: /** @type {any} */ (body),
            headers: { 'Idempotency-Key': uuid() },
            stay: true,
            signal: within(patience),
          });
          unanswered.recorded(who);
          if (who.number) {
            prefix.learn(who.number);
            this.forgetWho();
          }
          this.tell(data);
          served.result = this.result;
          later('served', shownFor, () => (served.card = ''));
        } catch (problem) {
          if (!(problem instanceof Problem)) throw problem;
          served.card = '';
          if (problem.unsure) unanswered.add(who, direction, from, clock.now());
          this.refuse(problem, { ...who, direction });
        } finally {
          this.sent();
        }
      },
      turnAway() {
        this.forgetTyped();
        this.say('error', text('kiosk.refused'), this.away);
        this.waitTurn();
      },
      // hold takes a card. Somebody else's waits until the one before had time to read what became of theirs.
      hold(card) {
        const direction = this.chosen();
        if (card === served.card && !direction) {
          if (!this.sending) this.show(served.result); // impatience, or a reader that reads twice
          return;
        }
        const others = this.asks && this.asked.card !== card;
        if (this.sending || others || queue.length) {
          queue.add({ who: { card }, direction });
          this.waiting = queue.length;
          if (!this.sending && !timers.next) this.waitTurn();
        } else this.punch({ card }, direction);
      },
      sent() {
        this.sending = false;
        this.waitTurn();
      },
      waitTurn() {
        if (queue.length) later('next', CardQueue.rest(this), () => this.goOn());
      },
      // goOn serves the next card.
      goOn() {
        if (this.sending) return;
        if (this.asks) {
          this.forgetTyped();
          this.say('error', text('kiosk.refused'), text('kiosk.unanswered'));
          this.waitTurn();
          return;
        }
        const one = queue.next();
        this.waiting = queue.length;
        if (one) this.punch(one.who, one.direction);
      },
      // refuse takes the answer to a punch that was not recorded.
      refuse(/** @type {Problem} */ problem, body) {
        this.pin = '';
        if (problem.status === 401 || problem.again) this.fail(problem);
        if (problem.unsure) this.say('error', text('kiosk.unsure'), text('kiosk.unsureWhy'));
        if (problem.status === 401 || problem.unsure) return;
        if (problem.code === 'confirm_direction') {
          Object.assign(this, { question: text('kiosk.ask'), asked: body });
          focusShown('no'); // a key too many is no yes
          return;
        }
        this.say('error', text('kiosk.refused'), problem.message);
        this.toField('number' in body ? 'pin' : 'number');
      },
      agree() {
        const { direction, ...who } = this.asked;
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
        this.show({ kind, title, what, more, punch });
      },
      show(result) {
        this.result = result;
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
        served.card = ''; // whoever holds it again means another punch
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
      get asks() {
        return this.question !== '';
      },
      get mayVoid() {
        return !this.sending && (this.result?.punch ?? 0) > 0;
      },
    },
  );
});
