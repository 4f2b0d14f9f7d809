import { clockTime, duration, longDate, shortDate, text } from '../language.js';
import { get, request, uuid } from '../http.js';
import { channelsOf, connect, listen } from '../live.js';
import { home, learnTime, serverNow, session, start } from '../start.js';

// position asks the device once; whoever refuses punches without.
function position() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) { resolve({}); return; }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy: Math.min(coords.accuracy, 100000) }),
      () => resolve({}), { enableHighAccuracy: true, timeout: 8000, maximumAge: 30000 });
  });
}

const attempts = 4;

start('beranda', () => ({
  today: null, month: [], tick: 0, busy: false, message: '', messageKind: 'info', withLocation: false,
  pending: null, // a punch that was not acknowledged; pressing again sends the same one

  init() {
    if (!session.user.employee_id) { location.replace(home(session.user)); return; }
    setInterval(() => { this.tick += 1; }, 1000);
    if (session.config) {
      connect(session.config);
      listen(channelsOf(session.user), () => this.load(), { 'attendance.recorded': () => this.load() });
    }
    this.load();
  },
  async load() {
    try {
      const today = await get('/api/me/today');
      learnTime(today.now);
      this.today = today;
      const page = await get(`/api/attendances?limit=31&from=${today.button.work_date.slice(0, 8)}01`);
      this.month = page.items;
    } catch (problem) { this.say('error', problem.message); }
  },
  say(kind, message) { this.messageKind = kind; this.message = message; },

  get ready() { return this.today !== null; },
  get greeting() { return text('home.greeting', { name: session.employee?.name ?? session.user.name }); },
  get zone() { return this.today?.zone ?? ''; },
  get clock() { this.tick; return this.today ? clockTime(serverNow(), this.today.zone, true) : ''; },
  get dateText() { return this.today ? longDate(this.today.button.work_date) : ''; },
  get shiftText() {
    const shift = this.today?.shift;
    return shift ? text('home.shift', { name: shift.name, start: shift.start, end: shift.end }) : text('home.noShift');
  },
  get action() { return this.today?.button.action ?? 'check_in'; },
  get buttonText() { return this.busy ? text('home.sending') : text(`home.${this.action}`); },
  get dayText() {
    const day = this.today?.day;
    if (!day || day.version === 0) return '';
    const parts = [day.worked_minutes ? text('home.worked', { status: text(`status.${day.status}`), worked: duration(day.worked_minutes) }) : text(`status.${day.status}`)];
    if (day.late_minutes) parts.push(text('home.late', { minutes: day.late_minutes }));
    return parts.join(' · ');
  },
  get noPunches() { return this.ready && this.today.punches.length === 0; },
  get punches() {
    return (this.today?.punches ?? []).map((p) => {
      const direction = text(`direction.${p.direction}`);
      return { id: p.id, label: p.duplicate_of ? text('direction.repeat', { direction }) : direction, time: clockTime(p.occurred_at, p.zone, true) };
    });
  },
  get noDays() { return this.ready && this.month.length === 0; },
  get days() {
    return this.month.map((d) => ({ work_date: d.work_date, date: shortDate(d.work_date), status: d.status, statusText: text(`status.${d.status}`),
      span: [clockTime(d.first_in, d.zone), clockTime(d.last_out, d.zone)].filter(Boolean).join(' – ') }));
  },
  toggleLocation() { this.withLocation = !this.withLocation; },

  async punch() {
    if (this.busy) return;
    this.busy = true;
    this.message = '';
    this.pending ??= { path: this.action === 'check_in' ? 'check-in' : 'check-out', key: uuid(), body: this.withLocation ? await position() : {} };
    const { path, key, body } = this.pending;
    for (let n = 1; ; n++) {
      try {
        const { data, headers } = await request('POST', `/api/attendances/${path}`, { body, headers: { 'Idempotency-Key': key } });
        this.pending = null;
        const time = clockTime(data.punch.occurred_at, data.punch.zone);
        const name = headers.get('Idempotent-Replayed') && n === 1 ? 'home.replayed' : `home.recorded.${data.punch.direction}`;
        this.say('good', text(name, { time }));
        break;
      } catch (problem) {
        if (!problem.again) { this.pending = null; this.say('error', problem.message); break; }
        if (n === attempts) { this.say('error', text('home.failed')); break; }
        this.say('info', text('home.retrying'));
        await new Promise((r) => setTimeout(r, 500 * 2 ** n));
      }
    }
    this.busy = false;
    this.load();
  },
}));
