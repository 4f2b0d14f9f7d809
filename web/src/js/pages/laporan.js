import { language, longDate, text } from '../language.js';
import { employee, suggested } from '../employees.js';
import { get, request } from '../http.js';
import { compose, list } from '../list.js';
import { connection, follow } from '../live.js';
import { ago } from '../moments.js';
import { bytes, lastDay, pending, period, progressed } from '../reports.js';
import { serverNow, session, start } from '../start.js';
import { form, toast } from '../ui.js';

const kinds = ['monthly', 'individual', 'lateness', 'overtime', 'exceptions'];
const marks = { queued: 'on_leave', running: 'on_leave', done: 'present', failed: 'absent' };
const polling = 3000; // milliseconds, while no socket tells
const pageSize = 20;

function titleOf(r) {
  const p = period(r);
  const span = p.month
    ? longDate(r.from, { month: 'long', year: 'numeric' })
    : [r.from, r.to].map((d) => longDate(d, { day: 'numeric', month: 'short', year: 'numeric' })).join(' – ');
  const about = r.employee_name
    ? `${r.employee_number} ${r.employee_name}`
    : r.branch_name || text('reports.allBranches');
  return [text(`reports.kind.${r.kind}`), about, span].join(' · ');
}

start('laporan', () => {
  const today = new Date(serverNow()).toLocaleDateString('sv'); // the form YYYY-MM-DD
  const own = session.user?.role === 'employee';
  const first = String(session.branches[0]?.id ?? '');
  const fields = form(
    {
      kind: own ? 'individual' : 'monthly',
      format: own ? 'pdf' : 'xlsx',
      branch: first,
      employee: '',
      month: today.slice(0, 7),
      from: `${today.slice(0, 7)}-01`,
      to: today,
    },
    /** @this {any} */
    async function make(v) {
      /** @type {import('../api').Body<'POST', '/api/reports'>} */
      const body = { kind: v.kind, format: v.format, locale: language.state.now };
      /** @type {Record<string, string>} */
      const wrong = {};
      if (this.byMonth) {
        if (!/^\d{4}-\d\d$/.test(v.month)) wrong.month = text('reports.wrong.month');
        body.month = v.month;
      } else {
        if (!v.from) wrong.from = text('reports.wrong.from');
        if (!v.to || v.to < v.from) wrong.to = text('reports.wrong.to');
        Object.assign(body, { from: v.from, to: v.to });
      }
      if (this.byPerson && !own) {
        const found = await employee(v.employee);
        if (found) body.employee_id = found.id;
        else wrong.employee_id = text('reports.wrong.employee_id');
      } else if (!this.byPerson) {
        body.branch_id = Number(v.branch);
      }
      if (Object.keys(wrong).length > 0) {
        this.complain(wrong);
        return;
      }
      let made;
      try {
        made = (await request('POST', '/api/reports', { body })).data;
      } catch (problem) {
        if (problem.code === 'throttled') {
          Object.assign(this, { error: text('reports.tooMany') });
          return;
        }
        throw problem;
      }
      if (!this.rows.some((r) => r.id === made.id)) this.rows.unshift(made);
      toast('info', text('reports.asked'));
      this.refresh(made.id); // a quick worker may have told before the answer was here
    },
  );

  return compose(compose(list({ route: '/api/reports', limit: pageSize }), fields), {
    text,
    suggestions: /** @type {import('../employees').Suggestion[]} */ ([]),

    init() {
      const user = session.user;
      follow({
        channels: [`user.${user.id}`],
        on: { 'report.progressed': (e) => this.take(e) },
        read: () => this.look(),
      });
      setInterval(() => this.poll(), polling);
    },
    // look reads as many reports as are shown, and announces those that are done by now.
    async look() {
      const before = this.rows;
      await this.read(Math.max(before.length, pageSize));
      for (const now of this.rows)
        this.announce(
          before.find((r) => r.id === now.id),
          now,
        );
    },
    // poll asks for what the socket does not tell: reports under way while it is down, and reports of others.
    poll() {
      if (document.hidden) return;
      const dark = connection.state.name !== 'live';
      for (const r of this.rows) if (pending(r) && (dark || r.user_id !== session.user.id)) this.refresh(r.id);
    },
    async refresh(id) {
      try {
        this.replace(await get('/api/reports/{id}', { path: { id } }));
      } catch {
        /* the next turn asks again */
      }
    },
    replace(now) {
      const i = this.rows.findIndex((r) => r.id === now.id);
      if (i < 0) return;
      const before = this.rows[i];
      this.rows[i] = now;
      this.announce(before, now);
    },
    announce(before, now) {
      if (!before || !pending(before) || now.user_id !== session.user.id) return;
      if (now.state === 'done') toast('good', text('reports.ready', { title: titleOf(now) }));
      if (now.state === 'failed') toast('error', text('reports.broken', { title: titleOf(now) }));
    },
    take(event) {
      const i = this.rows.findIndex((r) => r.id === event.id);
      if (i < 0) {
        this.look().catch(() => {});
        return;
      }
      const now = progressed(this.rows[i], event);
      if (pending(now)) this.rows[i] = now;
      else if (pending(this.rows[i])) this.refresh(event.id); // its size and its expiry
    },
    async cancel(event) {
      const id = Number(event.currentTarget.dataset.id);
      try {
        const { data } = await request('POST', '/api/reports/{id}/cancel', { path: { id } });
        this.replace(data);
        toast('good', text('reports.cancelled'));
      } catch (problem) {
        toast('error', problem.message);
        this.refresh(id);
      }
    },
    async suggest() {
      this.suggestions = await suggested(this.values.employee, this.suggestions);
    },
    // kindChanged replaces "all branches" for a report that is about one branch.
    kindChanged() {
      this.errors = {};
      this.error = '';
      if (!this.allowsAll && this.values.branch === '0') this.values.branch = first;
    },
    formatChosen(f) {
      return this.values.format === f;
    },

    get kinds() {
      return kinds.map((k) => ({ value: k, label: text(`reports.kind.${k}`) }));
    },
    get formats() {
      return ['xlsx', 'csv', 'pdf'].map((f) => ({ value: f, label: text(`reports.format.${f}`) }));
    },
    get branches() {
      return session.branches;
    },
    get choosesKind() {
      return !own;
    },
    get byMonth() {
      return this.values.kind === 'monthly' || this.values.kind === 'individual';
    },
    get bySpan() {
      return !this.byMonth;
    },
    get byPerson() {
      return this.values.kind === 'individual';
    },
    get asksPerson() {
      return this.byPerson && !own;
    },
    get asksBranch() {
      return !this.byPerson;
    },
    get allowsAll() {
      return session.user.role === 'admin' && this.bySpan;
    },
    get intro() {
      return text(own ? 'reports.introOwn' : 'reports.intro');
    },
    get kindHint() {
      return text(`reports.hint.${this.values.kind}`);
    },
    get listTitle() {
      return text(session.user?.role === 'admin' ? 'reports.listAll' : 'reports.list');
    },
    get shown() {
      return this.rows.map((r) => {
        const title = titleOf(r);
        const values = { title, format: r.format.toUpperCase() };
        return {
          id: r.id,
          title,
          format: values.format,
          state: r.state,
          mark: marks[r.state] ?? '',
          stateText: text(`reports.state.${r.state}`),
          progress: r.progress,
          percent: `${r.progress}%`,
          pending: pending(r),
          done: r.state === 'done',
          file: `/api/reports/${r.id}/file`,
          details: [
            ago(r.created_at, serverNow()),
            r.user_id === session.user.id ? '' : text('reports.by', { name: r.user_name }),
            r.state === 'done' ? bytes(r.size, language.state.now) : '',
            r.state === 'done' && r.expires_at ? text('reports.until', { date: lastDay(r) }) : '',
          ]
            .filter(Boolean)
            .join(' · '),
          error: r.error ? text(`reports.error.${r.error}`) : '',
          downloadLabel: text('reports.downloadOf', values),
          cancelLabel: text('reports.cancelOf', values),
          progressLabel: text('reports.progressOf', { title }),
        };
      });
    },
  });
});
