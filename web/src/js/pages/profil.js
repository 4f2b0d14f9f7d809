import Alpine from '@alpinejs/csp';
import { agentName } from '../agents.js';
import { language, text } from '../language.js';
import { get, request } from '../http.js';
import { compose } from '../list.js';
import { ago, moment } from '../moments.js';
import { Insistence } from '../insistence.js';
import { identities, passwordSet } from '../identities.js';
import { due, within } from '../nav.js';
import { passkeys, passkeysChanged } from '../passkeys.js';
import { ownEmail } from '../own_email.js';
import { ownPin } from '../own_pin.js';
import { secondFactor, sessionsEnded } from '../second_factor.js';
import { home, serverNow, session, speak, start } from '../start.js';
import { setTheme, theme } from '../theme.js';
import { tokens } from '../tokens.js';
import { turns } from '../turns.js';
import { ask, element, form, required, shortestPassword, toast } from '../ui.js';

const turn = turns(); // of reading the sessions
const insistence = new Insistence();
const blank = { current: '', new: '', revoke_tokens: false };
Alpine.data('tokens', tokens);
Alpine.data('secondFactor', secondFactor);
Alpine.data('passkeys', passkeys);
Alpine.data('identities', identities);
Alpine.data('ownEmail', ownEmail);
Alpine.data('ownPin', ownPin);

/**
 * change sends the form. Who had to change the password goes on to where they wanted.
 * @this {any}
 */
async function change(values) {
  await request('POST', '/api/me/password', { body: values });
  this.fill();
  Object.assign(this, { visible: false, hasPassword: true });
  Object.assign(session.user, { no_password: false });
  dispatchEvent(new Event(passwordSet));
  if (this.must) {
    const user = { ...session.user, must_change_password: false };
    location.assign(within(new URLSearchParams(location.search).get('next') ?? '') || home(user));
    await new Promise(() => {}); // the page is being left
  }
  toast('good', text('profile.changed'));
  if (values.revoke_tokens) this.$dispatch('tokens-revoked');
  await this.load();
}

const check = (values) => ({
  ...(values.new.length < shortestPassword ? { new: text('profile.short') } : {}),
  ...required(values, session.user.no_password ? ['new'] : ['current', 'new']),
});

start('profil', () =>
  compose(form(blank, change, check), {
    text,
    user: session.user,
    must: Boolean(session.user.must_change_password),
    hasPassword: !session.user.no_password,
    visible: false,
    /** @type {import('../api').Item<'/api/me/sessions'>[]} */
    rows: [],
    fresh: true,
    problem: '',

    init() {
      if (!this.free) return;
      this.load();
      // The first second factor ends the sessions elsewhere.
      for (const name of [passkeysChanged, sessionsEnded]) addEventListener(name, () => this.load());
    },
    load() {
      return insistence.try(() => this.read());
    },
    async read() {
      const isNews = turn();
      try {
        const { items: rows } = await get('/api/me/sessions');
        if (isNews()) Object.assign(this, { rows, problem: '' });
      } catch (problem) {
        if (isNews()) this.problem = problem.message;
        throw problem;
      } finally {
        this.fresh = false;
      }
    },
    async chooseLanguage({ target }) {
      await speak(target.value);
      target.value = language.state.now; // as it was where the words did not come
    },
    chooseTheme(event) {
      setTheme(event.target.value);
    },

    async end(event) {
      const { id } = event.currentTarget.dataset;
      await this.over(request('DELETE', '/api/me/sessions/{id}', { path: { id } }), () => text('profile.ended'));
    },
    async endOthers() {
      const yes = text('profile.endOthers');
      if (!(await ask({ title: text('profile.endOthersAsk'), text: text('profile.endOthersWhy'), yes, danger: true })))
        return;
      const ended = ({ data }) => text('profile.endedOthers', { n: data.ended });
      await this.over(request('DELETE', '/api/me/sessions'), ended);
    },
    // over ends sessions. The button that had the focus goes with them.
    async over(asked, said) {
      try {
        toast('good', said(await asked));
      } catch (problem) {
        this.problem = problem.message;
        return;
      }
      await this.load();
      element('sessions-title').focus();
    },

    get free() {
      return !due(session.user);
    },
    // An address is of use where e-mails go out.
    get mails() {
      return this.free && Boolean(session.config?.mail_resets || session.user.email);
    },
    // A PIN is of use to those who punch.
    get punches() {
      return this.free && session.employee !== null;
    },
    // What is due comes one after the other: first the password.
    get askPassword() {
      return this.must || this.free;
    },
    get askFactor() {
      return !this.must;
    },
    get mustFactor() {
      return !this.must && !this.free;
    },
    get kind() {
      return this.visible ? 'text' : 'password';
    },
    get language() {
      return language.state.now;
    },
    get theme() {
      return theme.state.now;
    },
    get role() {
      return text(`users.role.${session.user.role}`);
    },
    get employee() {
      return session.employee ? `${session.employee.number} · ${session.employee.name}` : '';
    },
    get branches() {
      const { user } = session;
      if (user.role === 'admin') return text('users.company');
      return user.role === 'ops' ? '' : session.branches.map((b) => b.name).join(', ');
    },
    get shown() {
      return this.rows.map((s) => {
        const name = agentName(s.user_agent) || text('profile.unknown');
        const when = moment(s.created_at);
        return {
          id: s.id,
          name,
          agent: s.user_agent,
          here: s.current,
          there: !s.current,
          since: text('profile.since', { when, address: s.address || '—' }),
          used: s.current
            ? ''
            : s.last_used_at
              ? text('profile.used', { ago: ago(s.last_used_at, serverNow()) })
              : text('profile.unused'),
          endLabel: text('profile.endOf', { name, when }),
        };
      });
    },
    get hasOthers() {
      return this.rows.some((s) => !s.current);
    },
  }),
);
