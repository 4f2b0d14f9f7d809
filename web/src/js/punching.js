import { stamp } from './contact.js';
import { clockTime, text } from './language.js';
import { device } from './device.js';
import { Problem, request } from './http.js';
import { keptLines } from './kept.js';
import { consent, consented, permission, position } from './position.js';
import { deviceStore, PunchQueue } from './queue.js';
import { placeNow, withPlace } from './recorded.js';
import { claimText } from './request_line.js';
import { confirm, mean, quick, undoable } from './second_thoughts.js';
import { serverNow, session } from './start.js';
import { ask } from './ui.js';
import { uuid } from './uuid.js';

const tryEvery = 10_000; // milliseconds between attempts while something waits
const restFor = 10_000; // milliseconds in which a second tap counts as the same

async function send({ path, key, user, body }) {
  try {
    const { data, status, headers } = await request('POST', path, { body, user, headers: { 'Idempotency-Key': key } });
    return { status, data, replayed: headers.has('Idempotent-Replayed') };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    return { status: problem.status, code: problem.code, reason: problem.message };
  }
}

// punching is the part of the page Beranda that punches: at once, or kept on the device until the server is back. The
// component that it becomes part of holds what is today, load and loadRequests, which read that and what was asked for,
// and renew, which waits for a reading.
export function punching() {
  const queue = new PunchQueue({ store: deviceStore(), send, now: serverNow });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;

  return {
    busy: false,
    resting: false,
    last: /** @type {{direction: string, at: number} | null} */ (null),
    message: '',
    messageKind: 'info',
    withLocation: consented(session.user.id),
    mayLocate: '',
    waiting: /** @type {import('./queue').Entry[]} */ ([]),

    // beginPunching sends what was kept, now and whenever the server may be back. The service worker does so, too, and
    // tells what became of it.
    beginPunching() {
      addEventListener('online', () => this.deliver());
      navigator.serviceWorker?.addEventListener('message', async ({ data }) => {
        const done = (data?.punches ?? []).filter((d) => d.entry.user === session.user.id);
        if (done.length === 0) return;
        this.became(done);
        this.waiting = await queue.list(session.user.id);
      });
      document.addEventListener('visibilitychange', () => {
        if (!document.hidden) this.deliver();
      });
      this.deliver();
    },
    say(kind, message) {
      this.messageKind = kind;
      this.message = message;
    },
    // punch stores the tap first; what comes after it may be interrupted anywhere.
    async punch(event) {
      if (this.unready) return;
      this.busy = true;
      this.message = '';
      const asked = event.currentTarget.dataset.direction;
      const direction = asked || (this.action === 'check_in' ? 'in' : 'out');
      try {
        const soon = quick(direction, this.today?.punches ?? [], this.last, serverNow());
        if (!(await mean(direction, this.today, soon, serverNow()))) return;
        const tap = () => ({ tappedAt: serverNow(), ...stamp(session.user.id) });
        const tapped = tap();
        const { fix, why: missing } = this.sharesLocation ? await position() : {};
        if (!fix && this.locationNeeded) {
          this.unplaced(missing);
          return;
        } // the server would refuse it
        const { id: user, employee_id: employee } = session.user;
        const body = { ...fix, ...(soon ? { confirm: true } : {}), device_id: device.id };
        const entry = { key: uuid(), user, employee, direction, ...tapped, body };
        await queue.add(entry);
        await this.deliver(entry.key);
        const kept = this.waiting.find((e) => e.key === entry.key);
        if (kept?.state === 'asked' && !(await this.settle(kept, tap))) return;
        if (kept?.state !== 'refused') this.last = { direction, at: tapped.tappedAt };
        this.rest();
      } finally {
        this.busy = false;
      }
    },
    rest() {
      clearTimeout(resting);
      this.resting = true;
      resting = setTimeout(() => {
        this.resting = false;
      }, restFor);
    },
    // settle asks about an entry that the server wants confirmed, and drops it if it is not meant. It resolves to
    // whether it is.
    async settle(entry, more) {
      const meant = await confirm(entry, this.today?.zone);
      if (meant) {
        await queue.confirm(entry.key, more?.());
        await this.deliver(entry.key);
      } else {
        await queue.remove(entry.key);
        this.waiting = await queue.list(session.user.id);
      }
      return meant;
    },
    confirmKept(event) {
      const entry = this.waiting.find((e) => e.key === event.currentTarget.dataset.key);
      return entry && this.settle(entry);
    },
    // undo takes the last punch back.
    async undo() {
      const punch = this.undoable;
      if (!punch || this.busy) return;
      this.busy = true;
      try {
        await request('POST', '/api/me/punches/{id}/undo', { path: { id: punch.id }, user: session.user.id });
        this.last = null;
        this.resting = false;
        this.say('info', text('home.undone', { punch: text(`direction.${punch.direction}`) }));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.say('error', problem.message);
      } finally {
        this.busy = false;
      }
      await this.renew(this.load());
    },
    async deliver(mine = '') {
      clearTimeout(timer);
      for (;;) {
        const done = await queue.drain(session.user);
        this.became(done, mine);
        this.waiting = await queue.list(session.user.id);
        // A tap that came while others were being sent is sent now.
        if (
          mine &&
          !done.some((d) => d.entry.key === mine) &&
          this.waiting.some((e) => e.key === mine && e.state === 'waiting') &&
          done.every((d) => d.outcome !== 'waiting')
        )
          continue;
        break;
      }
      if (this.waiting.some((e) => e.state === 'waiting' || e.state === 'later'))
        timer = setTimeout(() => this.deliver(), tryEvery);
      if (this.waiting.some((e) => e.state === 'waiting')) {
        // This helps where browsers have it.
        navigator.serviceWorker?.ready.then((r) => /** @type {any} */ (r).sync?.register('punches')).catch(() => {});
      }
    },
    // became says what became of entries, of which mine is the one that was tapped just now.
    became(done, mine = '') {
      for (const { entry, outcome, answer } of done) {
        if (outcome === 'sent') this.tell(entry, answer);
        if (outcome === 'refused' && entry.key === mine) this.say('error', answer.reason);
        if (outcome === 'later' && entry.key === mine) this.say('info', answer.reason);
        if (outcome === 'asked' && entry.key !== mine) this.say('info', text('home.askedLater'));
        // Too many entries wait for their turn; the network is fine.
        if (outcome === 'waiting' && entry.key === mine)
          this.say('info', answer.code === 'too_many_punches' ? answer.reason : this.keptText);
      }
      const sent = done.filter((d) => d.outcome === 'sent');
      if (sent.length > 0) this.renew(this.load());
      if (sent.some((d) => d.answer.data?.correction)) this.renew(this.loadRequests());
    },
    tell(entry, answer) {
      const waits = answer.data?.correction;
      if (waits) {
        const punch = `${text(`direction.${entry.direction}`)} ${clockTime(waits.occurred_at, waits.zone)}`;
        this.say('info', text('home.claimWaits', { punch, why: claimText(waits) }));
        this.last = null;
        return;
      }
      const at = answer.data?.punch
        ? clockTime(answer.data.punch.occurred_at, answer.data.punch.zone)
        : clockTime(entry.tappedAt, this.today?.zone);
      const day = answer.data?.day;
      if (entry.direction === 'out' && !answer.replayed && day?.flags.includes('quick_out') && !day.last_out) {
        this.say('info', text('home.recorded.quick', { time: at }));
        return;
      }
      const recorded = text(answer.replayed ? 'home.replayed' : `home.recorded.${entry.direction}`, { time: at });
      this.say('good', withPlace(recorded, answer.data?.punch, this.today?.policy));
    },
    async forget(event) {
      const { key } = event.currentTarget.dataset;
      const later = this.waiting.some((p) => p.key === key && p.state === 'later');
      if (
        !(await ask({
          title: text('home.forgetTitle'),
          text: text(later ? 'home.forgetLater' : 'home.forgetText'),
          yes: text('ui.delete'),
          danger: true,
        }))
      )
        return;
      await queue.remove(key);
      this.waiting = await queue.list(session.user.id);
    },
    toggleLocation() {
      this.withLocation = !this.withLocation;
      consent(session.user.id, this.withLocation);
    },
    // allowLocation lets the browser ask before the first tap, since a tap without a position would be refused.
    async allowLocation() {
      if (this.busy) return;
      this.busy = true;
      this.message = '';
      const { fix, why: missing } = await position();
      this.busy = false;
      if (!fix) {
        this.unplaced(missing);
        return;
      }
      this.mayLocate = 'granted';
      if (this.locationNeeded) this.say('info', placeNow(fix, this.today?.sites ?? []));
    },
    unplaced(missing) {
      if (missing !== 'unavailable') this.mayLocate = missing;
      this.say('error', text(`home.place.${missing}`));
    },
    // askPermission finds out whether the browser gives a position, as soon as the page needs one.
    askPermission() {
      if (this.locationNeeded && !this.mayLocate)
        permission((state) => {
          this.mayLocate = state;
        });
    },

    get notReady() {
      return this.unready || !this.today;
    },
    get unready() {
      return this.busy || this.resting;
    },
    get locationNeeded() {
      return this.today?.policy === 'block' && this.today.sites.length > 0;
    },
    get sharesLocation() {
      return this.withLocation || this.locationNeeded;
    },
    get asksLocation() {
      return this.locationNeeded && this.mayLocate !== '' && this.mayLocate !== 'granted';
    },
    get mayAsk() {
      return this.mayLocate === 'prompt';
    },
    get placeText() {
      return text(`home.place.${this.mayLocate || 'prompt'}`);
    },
    get locationWhy() {
      return text(
        this.locationNeeded
          ? 'home.locationNeeded'
          : this.today?.policy === 'flag'
            ? 'home.locationFlag'
            : 'home.locationWhy',
      );
    },
    get undoable() {
      this.tick;
      return this.unreachable ? null : undoable(this.today?.punches ?? [], serverNow());
    },
    get mayUndo() {
      return this.undoable !== null;
    },
    get undoText() {
      return this.undoable ? text('home.undo', { punch: text(`direction.${this.undoable.direction}`) }) : '';
    },
    get hasWaiting() {
      return this.waiting.length > 0;
    },
    get keptText() {
      return text(this.today?.offline_policy === 'off' ? 'home.kept.off' : 'home.kept');
    },
    get kept() {
      return keptLines(this.waiting, this.today?.zone);
    },
  };
}
