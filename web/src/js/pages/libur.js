import { longDate, text } from '../language.js';
import { employee, suggested } from '../employees.js';
import { get, request } from '../http.js';
import { admins } from '../nav.js';
import { home, serverNow, session, start } from '../start.js';
import { ask, form, toast } from '../ui.js';

const blank = { date: '', name: '', scope: 'company', branch_id: '', employee: '', working: false };
const dialog = () => document.getElementById('holiday');
const dated = { weekday: 'long', day: 'numeric', month: 'long' };

// sentences says in the page's language what is wrong with the fields that the server names.
function sentences(problem) {
  for (const e of problem.errors ?? []) {
    const name = `holidays.wrong.${problem.code === 'conflict' ? 'taken' : e.field}`;
    const sentence = text(name);
    if (sentence !== name) e.message = sentence;
  }
  return problem;
}

async function send(method, path, body) {
  try {
    return (await request(method, path, { body })).data;
  } catch (problem) {
    throw sentences(problem);
  }
}

start('libur', () => {
  let search = null;
  return {
    text,
    rows: [],
    next: '',
    fresh: true,
    problem: '',
    year: '',
    editing: null,
    suggestions: [],
    ...form(blank, async function save(values) {
      const body = { date: values.date, name: values.name.trim(), scope: values.scope, working: values.working };
      if (values.scope === 'branch') body.branch_id = Number(values.branch_id);
      if (values.scope === 'employee') {
        const found = await employee(values.employee);
        if (!found) {
          this.complain({ employee_id: text('holidays.wrong.employee_id') });
          return;
        }
        body.employee_id = found.id;
      }
      const { editing } = this;
      const h = editing
        ? await send('PATCH', `/api/holidays/${editing.id}`, { ...body, version: editing.version })
        : await send('POST', '/api/holidays', body);
      dialog().close();
      toast('good', text(editing ? 'holidays.saved' : 'holidays.added', { name: h.name }));
      if (h.date.slice(0, 4) !== this.year) {
        this.year = h.date.slice(0, 4);
        this.remember();
      }
      await this.load();
    }),

    init() {
      const asked = new URLSearchParams(location.search).get('year') ?? '';
      this.year = /^(199\d|20\d\d|21\d\d)$/.test(asked) ? asked : this.thisYear;
      this.load();
    },
    remember() {
      history.replaceState(null, '', this.year === this.thisYear ? location.pathname : `?year=${this.year}`);
    },
    apply() {
      this.remember();
      return this.load();
    },
    before() {
      this.year = String(Number(this.year) - 1);
      this.apply();
    },
    after() {
      this.year = String(Number(this.year) + 1);
      this.apply();
    },
    async load() {
      search?.abort();
      search = new AbortController();
      try {
        const page = await get(`/api/holidays?${new URLSearchParams({ year: this.year, limit: 500 })}`, {
          signal: search.signal,
        });
        Object.assign(this, { rows: page.items, next: page.next_cursor, problem: '', fresh: false });
      } catch (problem) {
        if (problem.name !== 'AbortError')
          Object.assign(this, { rows: [], next: '', problem: problem.message, fresh: false });
      }
    },
    async more() {
      try {
        const page = await get(
          `/api/holidays?${new URLSearchParams({ year: this.year, limit: 500, cursor: this.next })}`,
        );
        this.rows.push(...page.items);
        this.next = page.next_cursor;
      } catch (problem) {
        this.problem = problem.message;
      }
    },
    async suggest() {
      this.suggestions = await suggested(this.values.employee, this.suggestions, { status: 'active' });
    },

    openNew() {
      this.editing = null;
      this.fill({
        scope: this.companyWide ? 'company' : 'branch',
        branch_id: session.branches.length === 1 ? String(session.branches[0].id) : '',
      });
      dialog().showModal();
    },
    openEdit(event) {
      const h = this.rows.find((r) => r.id === Number(event.currentTarget.dataset.id));
      this.editing = h;
      this.fill({
        date: h.date,
        name: h.name,
        scope: this.scopeOf(h),
        branch_id: h.branch_id ? String(h.branch_id) : '',
        employee: h.employee_number ?? '',
        working: h.working,
      });
      dialog().showModal();
    },
    close() {
      dialog().close();
    },
    async remove() {
      const { id, name, date } = this.editing;
      if (
        !(await ask({
          title: text('holidays.removeAsk', { name, date: longDate(date, dated) }),
          text: text('holidays.recomputed'),
          yes: text('holidays.remove'),
          danger: true,
        }))
      )
        return;
      try {
        await send('DELETE', `/api/holidays/${id}`);
        dialog().close();
        toast('good', text('holidays.removed', { name }));
        await this.load();
      } catch (problem) {
        this.error = problem.message;
      }
    },
    wrong(field) {
      return Boolean(this.errors[field]);
    },
    scopeOf(h) {
      return h.employee_id ? 'employee' : h.branch_id ? 'branch' : 'company';
    },
    whose(h) {
      if (h.employee_id) return [h.employee_name, h.employee_number].filter(Boolean).join(' · ');
      return h.branch_id
        ? (session.branches.find((b) => b.id === h.branch_id)?.name ?? String(h.branch_id))
        : text('holidays.scope.company');
    },

    get thisYear() {
      return String(new Date(serverNow()).getFullYear());
    },
    get companyWide() {
      return session.user.role === 'admin';
    },
    get branches() {
      return session.branches;
    },
    get months() {
      const months = [];
      for (const h of this.rows) {
        const key = h.date.slice(0, 7);
        if (months.at(-1)?.key !== key)
          months.push({
            key,
            id: `month-${key}`,
            title: longDate(h.date, { month: 'long', year: 'numeric' }),
            rows: [],
          });
        months.at(-1).rows.push({
          id: h.id,
          date: h.date,
          name: h.name,
          when: longDate(h.date, dated),
          whose: this.whose(h),
          scope: text(`holidays.scope.${this.scopeOf(h)}`),
          narrow: this.scopeOf(h) !== 'company',
          mark: h.working ? 'present' : 'holiday',
          kind: text(h.working ? 'holidays.workday' : 'holidays.holiday'),
          editable: h.editable,
          editLabel: text('holidays.edit', { name: h.name }),
        });
      }
      return months;
    },
    get hasNext() {
      return this.next !== '';
    },
    get empty() {
      return !this.fresh && !this.problem && this.rows.length === 0;
    },
    get first() {
      return Number(this.year) <= 1990;
    },
    get last() {
      return Number(this.year) >= 2199;
    },
    get years() {
      const now = Number(this.thisYear);
      const near = new Set([-3, -2, -1, 0, 1, 2].map((n) => now + n).concat(Number(this.year)));
      return [...near].sort((a, b) => a - b).map((y) => ({ year: String(y), chosen: String(y) === this.year }));
    },
    get formTitle() {
      return this.editing ? text('holidays.edit', { name: this.editing.name }) : text('holidays.new');
    },
    get ofBranch() {
      return this.values.scope === 'branch';
    },
    get ofEmployee() {
      return this.values.scope === 'employee';
    },
    get scopeHint() {
      return text(`holidays.scopeHint.${this.values.scope}`);
    },
  };
});
