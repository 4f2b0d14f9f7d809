import Alpine from '@alpinejs/csp';
import { longDate, text } from '../language.js';
import { get, leave, request, send } from '../http.js';
import { editing, kept } from '../editing.js';
import { compose, list } from '../list.js';
import { day } from '../employees.js';
import { kioskAccess } from '../kiosk_access.js';
import { span, usual } from '../shifts.js';
import { slip } from '../slip.js';
import { standing } from '../standing.js';
import { ask, form, required, saveFile, sentence, toast } from '../ui.js';
import { admin, personAt, wished } from '../nav.js';
import { fileImport } from '../file_import.js';
import { serverNow, session, start } from '../start.js';

const nowhere = { from: '', branch_id: '', department: '', position: '', reason: '' };
const empty = { number: '', name: '', branch_id: '', department: '', position: '', hired_on: '' };
const ofNewcomers = { account: true, login: '', pattern: '', from: '' };
const weekday = (at) => longDate(`2024-01-0${at + 1}`, { weekday: 'long' });

Alpine.data('fileImport', fileImport);

start('karyawan', () => {
  /** @type {any} */
  let page = null; // the component, as Alpine knows it

  async function save(values) {
    const { one } = page;
    const { account, login, pattern, from, ...data } = values;
    const body = { ...data, branch_id: Number(values.branch_id) };
    if (one) {
      const e = await changed({ ...body, version: one.version });
      if (e) await page.stored(text('employees.saved', { name: e.name }));
      return;
    }
    if (account) body.account = { login: login.trim(), locale: session.user.locale };
    if (pattern) body.pattern = { from, weeks: [0, 1, 2, 3, 4, 5, 6].map((at) => (at < 5 ? Number(pattern) : 0)) };
    const made = await send('POST', '/api/employees', { body });
    await page.stored(text('employees.added', { name: made.name }));
    if (made.password) await page.handOver(made);
  }

  // check asks of a pattern when it begins.
  function check(values) {
    return required(values, ['number', 'name', 'branch_id', ...(values.pattern && !page.one ? ['from'] : [])]);
  }

  async function deactivate(values) {
    const { one } = page;
    const e = await changed({ ...values, status: 'inactive', version: one.version });
    page.cancelLeave();
    if (e) await page.stored(text('employees.deactivated', { name: e.name }));
  }

  async function moveTo(values) {
    const { one } = page;
    const body = { ...values, branch_id: Number(values.branch_id), version: one.version };
    try {
      page.renew(await send('POST', '/api/employees/{id}/moves', { path: { id: one.id }, body }));
    } catch (problem) {
      // An error that is about no field of the form, such as a locked period, is shown above its buttons.
      if (problem.status === 409 && problem.errors.length > 0) throw Object.assign(problem, { errors: [] });
      throw problem;
    }
    page.cancelMove();
    toast('good', text('employees.moved', { name: one.name }));
    await page.load();
  }

  async function forgetPerson(values) {
    const { one } = page;
    const { data } = await request('POST', '/api/persons/{id}/pseudonym', { path: { id: one.id }, body: values });
    page.cancelForget();
    await page.stored(text('employees.forgotten', { name: data.name }));
  }

  // changed sends a change of the open employee. It returns nothing if somebody else was faster, and the form says so.
  async function changed(body) {
    try {
      return await send('PATCH', '/api/employees/{id}', { path: { id: page.one.id }, body });
    } catch (problem) {
      if (problem.status !== 409 || problem.errors?.length > 0) throw problem;
      page.stale = true;
      return null;
    }
  }

  const people = list({
    route: '/api/employees',
    filter: { q: '', branch: '', status: 'active' },
    query: ({ status, ...rest }) => ({ ...rest, status: status === 'all' ? '' : status }),
  });

  const listed = compose(compose(compose(people, editing), slip()), standing());
  const parts = /** @type {typeof listed} */ (
    compose(
      kioskAccess(() => page),
      listed,
    )
  );
  return compose(parts, {
    text,
    editor: form({ ...empty, ...ofNewcomers }, save, check),
    leave: form({ left_on: '', disable_account: true }, deactivate),
    move: form(nowhere, moveTo, (values) => required(values, ['from', 'branch_id', 'reason'])),
    forget: form({ number: '', reason: '' }, forgetPerson, (values) => required(values, ['number', 'reason'])),
    stale: false,
    guided: false, // the first steps on Dasbor led here
    giving: false,

    init() {
      page = this;
      this.begin();
      const wish = wished();
      this.guided = wish !== '';
      if (wish === 'baru') this.create();
      else if (wish.startsWith('akun-')) this.open(wish.slice('akun-'.length));
    },

    async create() {
      await this.knowShifts().catch(() => {}); // without them somebody is added who has no pattern yet
      this.show(null);
    },
    // knowShifts reads the shifts anew, since one may have been made a moment ago.
    async knowShifts() {
      this.shifts = (await get('/api/shifts')).items;
    },
    openImport(event) {
      this.$dispatch('open-import', { kind: event.currentTarget.dataset.kind });
    },
    edit(event) {
      return this.open(event.currentTarget.dataset.id);
    },
    async open(id) {
      try {
        if (this.shifts.length === 0) await this.knowShifts();
        this.show(await get('/api/employees/{id}', { path: { id } }));
      } catch (problem) {
        toast('error', problem.message);
      }
    },
    show(one) {
      Object.assign(this, { one, stale: false, trouble: '' });
      this.editor.fill(
        one
          ? { ...this.valuesOf(one) }
          : {
              branch_id: session.branches.length === 1 ? String(session.branches[0].id) : '',
              pattern: String(usual(this.shifts)?.id ?? ''),
              from: this.today,
            },
      );
      if (!this.$refs.editor.open) this.$refs.editor.showModal();
    },
    valuesOf(e) {
      return {
        number: e.number,
        name: e.name,
        branch_id: String(e.branch_id),
        department: e.department,
        position: e.position,
        hired_on: e.hired_on ?? '',
      };
    },
    // renew takes over what became of the open employee. What somebody typed and has not saved yet stays.
    renew(one) {
      const { values } = this.editor;
      this.editor.values = { ...values, ...kept(values, this.valuesOf(this.one), this.valuesOf(one)) };
      this.one = one;
      this.stale = false;
    },
    // giveAccount makes an account for somebody who has none.
    async giveAccount() {
      if (this.giving) return;
      this.giving = true;
      const { id, name } = this.one;
      try {
        const made = await send('POST', '/api/employees/{id}/account', {
          path: { id },
          body: { locale: session.user.locale },
        });
        await this.stored(text('employees.accountMade', { name }));
        await this.handOver(made);
      } catch (problem) {
        toast('error', sentence(problem));
      } finally {
        this.giving = false;
      }
    },
    // backToSteps goes on with the first steps, once the slip was handed over.
    backToSteps() {
      this.forgetSlip();
      leave('/dasbor');
    },
    async reload() {
      try {
        this.show(await get('/api/employees/{id}', { path: { id: this.one.id } }));
      } catch (problem) {
        toast('error', problem.message);
      }
    },

    askLeave() {
      this.leave.fill({ left_on: new Date(serverNow()).toLocaleDateString('sv', { timeZone: this.zone }) });
      this.$refs.leave.showModal();
    },
    cancelLeave() {
      this.$refs.leave.close();
    },
    submitLeave() {
      return this.leave.submit();
    },
    askMove() {
      const { branch_id: branch, department, position } = this.one;
      const tomorrow = new Date(serverNow() + 86_400_000).toLocaleDateString('sv', { timeZone: this.zone });
      this.move.fill({ ...nowhere, from: tomorrow, branch_id: String(branch), department, position });
      this.$refs.move.showModal();
    },
    cancelMove() {
      this.$refs.move.close();
    },
    submitMove() {
      return this.move.submit();
    },
    // takeData saves all that is stored about the open employee: no link, since the server may ask who sits there.
    async takeData() {
      const { id, number } = this.one;
      try {
        const data = await send('GET', '/api/persons/{id}/data', { path: { id }, slow: true });
        saveFile(`hadir-${number}.json`, JSON.stringify(data), 'application/json');
      } catch (problem) {
        toast('error', problem.message);
      }
    },
    askForget() {
      this.forget.fill();
      this.$refs.forget.showModal();
    },
    cancelForget() {
      this.$refs.forget.close();
    },
    submitForget() {
      return this.forget.submit();
    },
    async undoMove(event) {
      const { one } = this;
      const { from } = event.currentTarget.dataset;
      if (
        !(await ask({
          title: text('employees.undoMoveTitle', { date: day(from) }),
          text: text('employees.undoMoveWhy'),
          yes: text('employees.undoMove'),
        }))
      )
        return;
      try {
        await request('DELETE', '/api/employees/{id}/moves/{from}', { path: { id: one.id, from } });
        toast('good', text('employees.undone', { name: one.name }));
        this.renew(await get('/api/employees/{id}', { path: { id: one.id } }));
        await this.load();
      } catch (problem) {
        toast('error', problem.message);
      }
    },
    async reactivate() {
      const { one } = this;
      if (
        !(await ask({
          title: text('employees.reactivateTitle', { name: one.name }),
          text: text('employees.reactivateWhy'),
          yes: text('employees.reactivate'),
        }))
      )
        return;
      try {
        if (await changed({ version: one.version, status: 'active', left_on: '' }))
          await this.stored(text('employees.reactivated', { name: one.name }));
      } catch (problem) {
        toast('error', problem.message);
      }
    },

    get branches() {
      return session.branches;
    },
    get manyBranches() {
      return session.branches.length > 1;
    },
    get shown() {
      return this.rows.map((e) => ({
        ...e,
        person: personAt(e.id),
        branch: this.branchName(e.branch_id),
        state: e.status === 'active' ? 'present' : 'pending',
        statusText: text(`employees.status.${e.forgotten ? 'forgotten' : e.status}`),
        changeable: !e.forgotten,
        work: [e.position, e.department].filter(Boolean).join(' · '),
        editLabel: text('employees.editOne', { name: e.name }),
        viewLabel: text('employees.viewOne', { name: e.name }),
      }));
    },
    get today() {
      return new Date(serverNow()).toLocaleDateString('sv', { timeZone: session.branches[0]?.zone ?? 'UTC' });
    },
    get isNew() {
      return this.one === null;
    },
    get wantsAccount() {
      return this.editor.values.account;
    },
    get wantsPattern() {
      return this.editor.values.pattern !== '';
    },
    get patterns() {
      const days = `${weekday(0)}–${weekday(4)}`;
      return this.shifts
        .filter((s) => s.active)
        .map((s) => ({ id: s.id, label: `${days} · ${s.name} ${span(s)}`, chosen: this.isPattern(s.id) }));
    },
    get noShifts() {
      return this.patterns.length === 0;
    },
    isPattern(id) {
      return String(id) === this.editor.values.pattern;
    },
    get logins() {
      return (this.one?.accounts ?? []).map((a) => ({
        id: a.id,
        login: a.login,
        mark: a.disabled ? 'pending' : 'present',
        state: text(a.disabled ? 'employees.status.inactive' : 'employees.status.active'),
      }));
    },
    get mayGiveAccount() {
      return this.isActive && this.isChangeable && this.logins.length === 0;
    },
    get noAccount() {
      return this.one !== null && this.logins.length === 0;
    },
    get title() {
      if (this.isForgotten) return this.one.name;
      return this.one ? text('employees.edit', { name: this.one.name }) : text('employees.new');
    },
    get isActive() {
      return this.one?.status === 'active';
    },
    get isInactive() {
      return this.one?.status === 'inactive';
    },
    // Those who could still sign in as this person, by whether the reader may keep them from it.
    accountsLeft(mine) {
      return (this.one?.accounts ?? []).filter((a) => !a.disabled && a.may_disable === mine).map((a) => a.login);
    },
    get hasAccount() {
      return this.accountsLeft(true).length > 0;
    },
    get accountText() {
      return text('employees.disableAccount', { login: this.accountsLeft(true).join(', ') });
    },
    get accountStays() {
      const login = this.accountsLeft(false).join(', ');
      return login && text('employees.accountStays', { login });
    },
    get leftText() {
      return this.one?.left_on ? text('employees.left', { date: day(this.one.left_on) }) : '';
    },
    get forgettable() {
      return this.isInactive && this.isChangeable && admin(session.user);
    },
    get forgetTitle() {
      return text('employees.forgetTitle', { name: this.one?.name ?? '' });
    },
    get wrongForget() {
      return this.forget.errors;
    },
    forgetInvalid(field) {
      return this.forget.errors[field] ? 'true' : false;
    },
    get saveText() {
      return text(this.editor.busy ? 'ui.saving' : 'ui.save');
    },
    get wrongMove() {
      return this.move.errors;
    },
    moveInvalid(field) {
      return this.move.errors[field] ? 'true' : false;
    },
    get moveText() {
      return text(this.move.busy ? 'ui.saving' : 'employees.move');
    },
    get wrong() {
      return this.editor.errors;
    },
    get wrongLeave() {
      return this.leave.errors;
    },
    get leaveInvalid() {
      return this.leave.errors.left_on ? 'true' : false;
    },
    chosen(id) {
      return String(id) === this.filter.branch;
    },
    invalid(field) {
      return this.editor.errors[field] ? 'true' : false;
    },
  });
});
