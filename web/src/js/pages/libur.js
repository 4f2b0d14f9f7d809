import { longDate, text } from '../language.js';
import { employee, suggested } from '../employees.js';
import { send } from '../http.js';
import { compose, list, none } from '../list.js';
import { serverNow, session, start } from '../start.js';
import { ask, dialog, form, required, toast } from '../ui.js';

/** @typedef {import('../api').Item<'/api/holidays'>} Holiday */

const blank = { date: '', name: '', scope: 'company', branch_id: '', employee: '', working: false };
/** @type {Intl.DateTimeFormatOptions} */
const dated = { weekday: 'long', day: 'numeric', month: 'long' };

const thisYear = () => String(new Date(serverNow()).getFullYear());

/**
 * save sends what is in the form, and shows the year that it lies in.
 * @this {any}
 */
async function save(values) {
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
    ? await send('PATCH', '/api/holidays/{id}', {
        path: { id: editing.id },
        body: { ...body, version: editing.version },
      })
    : await send('POST', '/api/holidays', { body });
  dialog('holiday').close();
  toast('good', text(editing ? 'holidays.saved' : 'holidays.added', { name: h.name }));
  this.filter.year = h.date.slice(0, 4);
  await this.apply();
}

const check = (values) => required(values, ['date', 'name', ...(values.scope === 'branch' ? ['branch_id'] : [])]);

start('libur', () =>
  compose(
    compose(list({ route: '/api/holidays', filter: { year: thisYear() }, limit: 500 }), form(blank, save, check)),
    {
      text,
      editing: /** @type {Holiday} */ (none),
      suggestions: /** @type {import('../employees').Suggestion[]} */ ([]),
      init() {
        const year = new URLSearchParams(location.search).get('year') ?? '';
        if (!/^(199\d|20\d\d|21\d\d)$/.test(year)) history.replaceState(null, '', location.pathname);
        this.begin();
      },
      before() {
        this.filter.year = String(Number(this.filter.year) - 1);
        this.apply();
      },
      after() {
        this.filter.year = String(Number(this.filter.year) + 1);
        this.apply();
      },
      async suggest() {
        this.suggestions = await suggested(this.values.employee, this.suggestions, { status: 'active' });
      },

      openNew() {
        this.editing = none;
        this.fill({
          scope: this.companyWide ? 'company' : 'branch',
          branch_id: session.branches.length === 1 ? String(session.branches[0].id) : '',
        });
        dialog('holiday').showModal();
      },
      openEdit(event) {
        const h = this.row(event);
        this.editing = h;
        this.fill({
          date: h.date,
          name: h.name,
          scope: this.scopeOf(h),
          branch_id: h.branch_id ? String(h.branch_id) : '',
          employee: h.employee_number ?? '',
          working: h.working,
        });
        dialog('holiday').showModal();
      },
      close() {
        dialog('holiday').close();
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
          await send('DELETE', '/api/holidays/{id}', { path: { id } });
          dialog('holiday').close();
          toast('good', text('holidays.removed', { name }));
          await this.load();
        } catch (problem) {
          this.error = problem.message;
        }
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

      get companyWide() {
        return session.user.role === 'admin';
      },
      get branches() {
        return session.branches;
      },
      get months() {
        /** @type {{key: string, id: string, title: string, rows: object[]}[]} */
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
          months.at(-1)?.rows.push({
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
      get first() {
        return Number(this.filter.year) <= 1990;
      },
      get last() {
        return Number(this.filter.year) >= 2199;
      },
      get years() {
        const now = Number(thisYear());
        const near = new Set([-3, -2, -1, 0, 1, 2].map((n) => now + n).concat(Number(this.filter.year)));
        return [...near]
          .sort((a, b) => a - b)
          .map((y) => ({ year: String(y), chosen: String(y) === this.filter.year }));
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
    },
  ),
);
