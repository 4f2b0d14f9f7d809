import { stayAwake } from './awake.js';
import { clockTime, deviceZone, text, zoneName } from './language.js';
import { connection } from './live.js';
import { serverNow, session } from './start.js';

const wanted = 'layar'; // in the address
const tick = 1000; // milliseconds

// agoText says how long ago something was, in whole seconds and then minutes.
export function agoText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60
    ? text('dashboard.updated', { n: seconds })
    : text('dashboard.updatedMinutes', { n: Math.floor(seconds / 60) });
}

// wall is the part of Dasbor that makes it a screen on a wall (?layar): nothing to press, a clock, and how old the
// numbers are. The component that it becomes part of has branch, and calls refreshed whenever it learnt something.
export function wall() {
  return {
    wall: new URLSearchParams(location.search).has(wanted),
    seenAt: Date.now(), // when the server last told something
    now: Date.now(),

    beginWall() {
      if (!this.wall) return;
      document.documentElement.dataset.wall = '';
      setInterval(() => {
        this.now = Date.now();
      }, tick);
      stayAwake();
    },
    refreshed() {
      if (this.wall) this.seenAt = Date.now();
    },
    // addressOf is this page for a branch, on the wall or not.
    addressOf(onWall) {
      const query = new URLSearchParams(onWall ? { [wanted]: '' } : {});
      if (this.branch) query.set('branch', this.branch);
      const asked = String(query).replace(`${wanted}=`, wanted);
      return `/dasbor${asked && `?${asked}`}`;
    },
    get wallHref() {
      return this.addressOf(true);
    },
    get deskHref() {
      return this.addressOf(false);
    },
    // Branches whose clocks show the same share one; the western ones come first.
    get clocks() {
      const at = this.now - Date.now() + serverNow();
      const shown = session.branches.filter((b) => !this.branch || String(b.id) === String(this.branch));
      const zones = shown.length > 0 ? shown.map((b) => b.zone) : [deviceZone()];
      const local = (zone) => new Date(at).toLocaleString('sv-SE', { timeZone: zone }); // in the order of time
      zones.sort((a, b) => local(a).localeCompare(local(b)));
      const times = new Map(zones.map((zone) => [zoneName(at, zone), clockTime(at, zone)]));
      return [...times].map(([zone, time]) => ({ zone: times.size > 1 ? zone : '', time }));
    },
    get wallState() {
      return connection.state.name;
    },
    get stale() {
      return connection.state.name === 'offline';
    },
    get updatedText() {
      return agoText(this.now - this.seenAt);
    },
    get cutOff() {
      return text('state.offline', { time: clockTime(connection.state.since, deviceZone()) });
    },
  };
}
