import Alpine from '@alpinejs/csp';
import { csv } from '../csv.js';
import { text } from '../language.js';
import { employee, suggested } from '../employees.js';
import { send } from '../http.js';
import { compose, list, none } from '../list.js';
import { ago } from '../moments.js';
import { personAt, wished } from '../nav.js';
import { serverNow, session, start } from '../start.js';
import { userTokens } from '../tokens.js';
import { ask, copied, dialog, form, required, saveFile, sentence, shortestPassword, toast } from '../ui.js';

Alpine.data('userTokens', userTokens);

/** @typedef {import('../api').Item<'/api/users'>} User */
/** @typedef {import('../api').Answer<'POST', '/api/users'>} Made */

const blank = {
  login: '',
  name: '',
  email: '',
  role: 'employee',
  employee: '',
  branch_ids: /** @type {string[]} */ ([]),
  locale: 'id',
  choice: 'made',
  password: '',
};
const spot = (u) => [u.employee_number, u.employee_name].filter(Boolean).join(' · ');

// noneMade is the state of making many accounts before it begins.
const noneMade = () => ({
  branch: '0',
  busy: false,
  made: /** @type {Made[]} */ ([]),
  left: 0,
  kind: 'info',
  message: '',
  saved: true,
});

/**
 * save sends what is in the form of one account.
 * @this {any}
 */
async function save(values) {
  const body = {
    login: values.login.trim(),
    name: values.name.trim(),
    email: values.email.trim(),
    role: values.role,
    locale: values.locale,
    employee_id: 0,
    branch_ids: values.role === 'branch_admin' ? values.branch_ids.map(Number) : [],
  };
  const number = values.employee.trim();
  if (number) {
    const found = await employee(number);
    if (!found) {
      this.complain({ employee_id: text('users.wrong.employee_id') });
      return;
    }
    body.employee_id = found.id;
  }
  if (this.editing) {
    await send('PATCH', '/api/users/{id}', {
      path: { id: this.editing.id },
      body: { ...body, version: this.editing.version },
    });
    dialog('user').close();
    toast('good', text('ui.saved'));
    await this.load();
    return;
  }
  if (values.choice === 'own') {
    if (values.password.length < shortestPassword) {
      this.complain({ password: text('users.wrong.password') });
      return;
    }
    body.password = values.password;
  }
  const made = await send('POST', '/api/users', { body });
  dialog('user').close();
  this.fill();
  this.show(made);
  await this.load();
}

const check = (values) => required(values, ['login', 'name']);

start('pengguna', () =>
  compose(compose(list({ route: '/api/users', filter: { q: '', role: '', state: '' } }), form(blank, save, check)), {
    text,
    editing: /** @type {User} */ (none),
    suggestions: /** @type {import('../employees').Suggestion[]} */ ([]),
    secret: { name: '', login: '', password: '' },
    resetChoice: 'made',
    resetPassword: '',
    resetWrong: '',
    resetError: '',
    many: noneMade(),
    init() {
      this.begin();
      if (wished() === 'banyak') this.openMany();
    },
    async suggest() {
      this.suggestions = await suggested(this.values.employee, this.suggestions, { status: 'active' });
    },

    openNew() {
      this.editing = none;
      this.fill({ branch_ids: [] });
      dialog('user').showModal();
    },
    openEdit(event) {
      const u = this.row(event);
      this.editing = { ...u }; // anew each time, so that what watches it reads anew
      this.fill({
        login: u.login,
        name: u.name,
        email: u.email ?? '',
        role: u.role,
        employee: u.employee_number ?? '',
        branch_ids: (u.branch_ids ?? []).map(String),
        locale: u.locale,
      });
      dialog('user').showModal();
    },
    closeUser() {
      dialog('user').close();
    },
    async disable() {
      const { id, name } = this.editing;
      if (
        await ask({
          title: text('users.disableAsk', { name }),
          text: text('users.disableWhy'),
          yes: text('users.disable'),
          danger: true,
        })
      )
        await this.turn(id, true, text('users.disabledNow', { name }));
    },
    async enable() {
      await this.turn(this.editing.id, false, text('users.enabledNow', { name: this.editing.name }));
    },
    async turn(id, disabled, done) {
      this.error = '';
      try {
        await send('PATCH', '/api/users/{id}', { path: { id }, body: { disabled } });
        dialog('user').close();
        toast('good', done);
        await this.load();
      } catch (problem) {
        this.error = problem.message;
      }
    },

    // resetFactor helps somebody who lost the device that shows the codes.
    async resetFactor() {
      const { id, name } = this.editing;
      const title = text('users.factorResetAsk', { name });
      if (!(await ask({ title, text: text('users.factorResetWhy'), yes: text('users.factorReset'), danger: true })))
        return;
      this.error = '';
      try {
        await send('DELETE', '/api/users/{id}/second-factor', { path: { id } });
        dialog('user').close();
        toast('good', text('users.factorResetDone', { name }));
        await this.load();
      } catch (problem) {
        this.error = problem.code === 'forbidden' ? text('users.factorOwn') : problem.message;
      }
    },

    // unlink ends what somebody is to the provider: they lost that account, or it is another's.
    async unlink() {
      const { id, name } = this.editing;
      const title = text('users.unlinkAsk', { name });
      if (!(await ask({ title, text: text('users.unlinkWhy'), yes: text('users.unlink'), danger: true }))) return;
      this.error = '';
      try {
        await send('DELETE', '/api/users/{id}/oidc', { path: { id } });
        dialog('user').close();
        toast('good', text('users.unlinkDone', { name }));
        await this.load();
      } catch (problem) {
        this.error = problem.message;
      }
    },

    // sure says that an account is in the hands of its person: see the decision about own days.
    async sure() {
      const { id, name } = this.editing;
      if (
        !(await ask({ title: text('users.sureAsk', { name }), text: text('users.sureWhy'), yes: text('users.sure') }))
      )
        return;
      this.error = '';
      try {
        await send('POST', '/api/users/{id}/confirm', { path: { id } });
        dialog('user').close();
        toast('good', text('users.sureDone', { name }));
        await this.load();
      } catch (problem) {
        this.error = problem.message;
      }
    },

    openReset() {
      Object.assign(this, { resetChoice: 'made', resetPassword: '', resetWrong: '', resetError: '' });
      dialog('reset').showModal();
    },
    closeReset() {
      dialog('reset').close();
    },
    async reset() {
      if (this.busy) return;
      this.resetWrong = '';
      this.resetError = '';
      const own = this.resetChoosing;
      if (own && this.resetPassword.length < shortestPassword) {
        this.resetWrong = text('users.wrong.password');
        return;
      }
      this.busy = true;
      try {
        const made = await send('POST', '/api/users/{id}/password', {
          path: { id: this.editing.id },
          body: own ? { password: this.resetPassword } : {},
        });
        dialog('reset').close();
        dialog('user').close();
        this.resetPassword = '';
        if (own) toast('good', text('users.resetDone'));
        this.show(made);
        await this.load();
      } catch (problem) {
        if (problem.errors.length > 0) this.resetWrong = sentence(problem);
        else this.resetError = problem.message;
      } finally {
        this.busy = false;
      }
    },

    // show presents a password that the server made. It is gone when the dialog is closed.
    show(made) {
      if (!made.password) {
        toast('good', text('ui.saved'));
        return;
      }
      this.secret = { name: made.name, login: made.login, password: made.password };
      dialog('secret').showModal();
    },
    forget() {
      this.secret = { name: '', login: '', password: '' };
    },
    closeSecret() {
      dialog('secret').close();
    },
    async copy() {
      if (await copied(this.secret.password, '[data-test="secret"]')) toast('good', text('users.copied'));
    },

    openMany() {
      dialog('many-accounts').showModal();
    },
    async makeMany() {
      const m = this.many;
      Object.assign(m, { busy: true, kind: 'info', message: '' });
      try {
        do {
          const part = await send('POST', '/api/users/for-employees', {
            // Each password takes a busy server some time, and a request may not take too long.
            body: { branch_id: Number(m.branch), limit: 5 },
          });
          m.made.push(...part.items);
          m.left = part.items.length > 0 ? part.remaining : 0;
          if (part.items.length > 0) m.saved = false;
        } while (m.left > 0);
        m.kind = 'good';
        m.message = m.made.length > 0 ? text('users.manyDone', { n: m.made.length }) : text('users.manyNone');
      } catch (problem) {
        Object.assign(m, { kind: 'error', message: problem.message });
      } finally {
        m.busy = false;
        this.load();
      }
    },
    saveMany() {
      const rows = [
        [text('users.login'), text('users.name'), text('users.password')],
        ...this.many.made.map((u) => [u.login, u.name, u.password]),
      ];
      saveFile('hadir-akun.csv', csv(rows), 'text/csv');
      this.many.saved = true;
    },
    async closeMany() {
      const title = this.manyUnsaved;
      if (!title || (await ask({ title, yes: text('ui.close'), danger: true }))) dialog('many-accounts').close();
    },
    // forgetMany drops the passwords with the dialog. What is still being made stays for when it is opened again.
    forgetMany() {
      if (!this.many.busy) this.many = noneMade();
    },

    get shown() {
      const names = new Map(session.branches.map((b) => [b.id, b.name]));
      return this.rows.map((u) => ({
        id: u.id,
        login: u.login,
        name: u.name,
        person: Boolean(u.employee_id) && personAt(u.employee_id),
        you: u.id === session.user.id,
        role: text(`users.role.${u.role}`),
        editLabel: text('users.edit', { name: u.name }),
        scope:
          u.role === 'branch_admin'
            ? (u.branch_ids ?? []).map((id) => names.get(id) ?? id).join(', ')
            : u.role === 'employee'
              ? spot(u)
              : text(u.role === 'admin' ? 'users.company' : 'users.machinery'),
        sessions: [
          u.sessions > 0 ? text('users.sessions', { n: u.sessions }) : '',
          u.tokens > 0 ? text('users.tokens', { n: u.tokens }) : '',
          u.second_factor_at ? text('users.factor') : '',
          u.linked ? text('users.linked') : '',
        ]
          .filter(Boolean)
          .join(' · '),
        signedIn: ago(u.signed_in_at, serverNow()),
        unsure: (u.makers ?? []).length > 0,
        mark: u.disabled_at ? 'absent' : 'present',
        state: text(u.forgotten ? 'users.forgotten' : u.disabled_at ? 'users.disabled' : 'users.active'),
        changeable: !u.forgotten,
      }));
    },
    get branches() {
      return session.branches;
    },
    get creating() {
      return this.editing === null;
    },
    get hasFactor() {
      return Boolean(this.editing?.second_factor_at);
    },
    get isUnsure() {
      return (this.editing?.makers ?? []).length > 0;
    },
    // maySure hides the button from whoever made the account, and from its user. The server knows more of them.
    get maySure() {
      const self = session.user.id;
      return this.isUnsure && this.editing?.id !== self && !this.editing?.makers?.some((m) => m.user_id === self);
    },
    get unsureWhy() {
      return text('users.unsureWhy', { names: (this.editing?.makers ?? []).map((m) => m.name).join(', ') });
    },
    get isLinked() {
      return Boolean(this.editing?.linked);
    },
    get isDisabled() {
      return Boolean(this.editing?.disabled_at);
    },
    get isActive() {
      return this.editing !== null && !this.editing.disabled_at;
    },
    get formTitle() {
      return this.editing ? text('users.edit', { name: this.editing.name }) : text('users.new');
    },
    get emailHint() {
      const sure = this.editing?.email_verified_at && this.values.email.trim().toLowerCase() === this.editing.email;
      return text(sure ? 'users.emailSure' : 'users.emailHint');
    },
    get roleHint() {
      return text(`users.roleHint.${this.values.role}`);
    },
    get scoped() {
      return this.values.role === 'branch_admin';
    },
    get choosing() {
      return this.values.choice === 'own';
    },
    get resetChoosing() {
      return this.resetChoice === 'own';
    },
    get resetInvalid() {
      return this.resetWrong !== '';
    },
    get resetTitle() {
      return text('users.resetOf', { name: this.editing?.name ?? '' });
    },
    get secretTitle() {
      return text('users.secret', { name: this.secret.name });
    },
    // manyUnsaved is the question before passwords are lost that nobody can show again; null where there are none.
    get manyUnsaved() {
      return this.many.busy || !this.many.saved ? text('users.manyLeave') : null;
    },
    get hasMade() {
      return this.many.made.length > 0;
    },
    get hasNotMade() {
      return this.many.made.length === 0 || this.many.kind === 'error';
    },
    get manyTotal() {
      return Math.max(1, this.many.made.length + this.many.left);
    },
    get manyStatus() {
      return this.many.busy
        ? text('users.manyProgress', { done: this.many.made.length, left: this.many.left })
        : this.many.message;
    },
  }),
);
