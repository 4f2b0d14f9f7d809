import { send } from '../http.js';
import { text } from '../language.js';
import { compose, list, none } from '../list.js';
import { ago, moment } from '../moments.js';
import { serverNow, session, start } from '../start.js';
import { ask, dialog, element, form, required, toast } from '../ui.js';

/** @typedef {import('../api').Item<'/api/kiosks'>} Kiosk */

const blank = { name: '', branch_id: '', site: '', modes: /** @type {string[]} */ ([]), language: 'id' };
const modes = ['qr', 'pin', 'badge'];
const lives = { alive: 'present', late: 'late', gone: 'absent' };
const lookEvery = 2000; // milliseconds between looks at whether the tablet has come

// remaining shows milliseconds as minutes and seconds.
function remaining(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

// names lists who vouches for a kiosk.
const names = (vouched) => vouched.map((v) => v.name).join(', ');

/**
 * save sends what is in the form of one kiosk.
 * @this {any}
 */
async function save(values) {
  const body = {
    name: values.name.trim(),
    branch_id: Number(values.branch_id),
    site: values.site.trim(),
    modes: modes.filter((m) => values.modes.includes(m)),
    language: values.language,
  };
  if (this.editing) {
    const { id, version } = this.editing;
    await send('PATCH', '/api/kiosks/{id}', { path: { id }, body: { ...body, version } });
  } else await send('POST', '/api/kiosks', { body });
  dialog('editor').close();
  toast('good', text('ui.saved'));
  await this.load();
}

const check = (values) => ({
  ...required(values, ['name', 'branch_id']),
  .../** @type {Record<string, string>} */ (values.modes.length > 0 ? {} : { modes: text('kiosks.wrong.modes') }),
});

start('kios', () => {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  return compose(compose(list({ route: '/api/kiosks', limit: 0 }), form(blank, save, check)), {
    text,
    editing: /** @type {Kiosk} */ (none),
    pairing: /** @type {Kiosk} */ (none), // as it was when its code was made
    code: '',
    until: 0, // milliseconds by the server's clock
    now: 0,
    trouble: '',

    init() {
      return this.load();
    },
    openNew() {
      this.editing = none;
      const [first, ...more] = session.branches;
      this.fill({ branch_id: more.length === 0 ? String(first?.id ?? '') : '', modes: ['qr', 'pin'] });
      dialog('editor').showModal();
    },
    openEdit(event) {
      const k = this.row(event);
      this.editing = k;
      const { name, site, language } = k;
      this.fill({ name, site, language, branch_id: String(k.branch_id), modes: [...k.modes] });
      dialog('editor').showModal();
    },
    close() {
      dialog('editor').close();
    },
    async remove() {
      const { id, name } = this.editing;
      const sure = await ask({
        title: text('kiosks.deleteAsk', { name }),
        text: text('kiosks.deleteWhy'),
        yes: text('ui.delete'),
        danger: true,
      });
      if (!sure) return;
      try {
        await send('DELETE', '/api/kiosks/{id}', { path: { id } });
      } catch (problem) {
        this.error = problem.message;
        return;
      }
      dialog('editor').close();
      toast('good', text('kiosks.deleted', { name }));
      await this.load();
      element('title').focus(); // the button that had the focus is gone
    },

    // pair makes a code, and shows it until a tablet has taken it or its time is over.
    async pair(event) {
      const k = this.row(event);
      if (
        k.life &&
        !(await ask({
          title: text('kiosks.againAsk', { name: k.name }),
          text: text('kiosks.againWhy'),
          yes: text('kiosks.again'),
        }))
      )
        return;
      await this.makeCode(k);
    },
    renew() {
      return this.makeCode(this.pairing);
    },
    async makeCode(/** @type {Kiosk} */ k) {
      this.trouble = '';
      try {
        const { code, expires_at } = await send('POST', '/api/kiosks/{id}/pairing', { path: { id: k.id } });
        Object.assign(this, { pairing: k, code, until: Date.parse(expires_at), now: serverNow() });
      } catch (problem) {
        this.trouble = problem.message;
        return;
      }
      if (!dialog('pairing').open) dialog('pairing').showModal();
      this.look();
      await this.load();
    },
    // look finds out whether the tablet has come, as long as the code is shown.
    look() {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        if (!this.pairing) return;
        this.now = serverNow();
        if (this.now < this.until) await this.load();
        const came = this.rows.find((r) => r.id === this.pairing?.id);
        if (came?.state === 'paired' && came.paired_at !== this.pairing.paired_at) {
          dialog('pairing').close();
          toast('good', text('kiosks.came', { name: came.name }));
        } else this.look();
      }, lookEvery);
    },
    closePairing() {
      dialog('pairing').close();
    },
    pairingClosed() {
      clearTimeout(timer);
      Object.assign(this, { pairing: none, code: '' });
    },
    async confirm(event) {
      const { id, name } = this.row(event);
      this.trouble = '';
      try {
        await send('POST', '/api/kiosks/{id}/confirm', { path: { id } });
      } catch (problem) {
        this.trouble = problem.message;
        return;
      }
      toast('good', text('kiosks.confirmed', { name }));
      await this.load();
      element('title').focus(); // the button that had the focus is gone
    },
    async unpair(event) {
      const { id, name } = this.row(event);
      const sure = await ask({
        title: text('kiosks.unpairAsk', { name }),
        text: text('kiosks.unpairWhy'),
        yes: text('kiosks.unpair'),
        danger: true,
      });
      if (!sure) return;
      this.trouble = '';
      try {
        await send('DELETE', '/api/kiosks/{id}/pairing', { path: { id } });
      } catch (problem) {
        this.trouble = problem.message;
        return;
      }
      toast('good', text('kiosks.unpaired', { name }));
      await this.load();
      element('title').focus();
    },

    get branches() {
      return session.branches;
    },
    get modeChoices() {
      return modes.map((value) => ({ value, label: text(`kiosks.mode.${value}`) }));
    },
    get shown() {
      return this.rows.map((k) => {
        const paired = Boolean(k.life); // also while another tablet is waited for
        const state = k.state === 'paired' ? `kiosks.life.${k.life}` : `kiosks.state.${k.state}`;
        return {
          id: k.id,
          name: k.name,
          title: k.name,
          mark: k.state === 'paired' ? lives[k.life ?? 'gone'] : 'pending',
          state: text(state),
          place: [k.branch, k.site, k.modes.map((m) => text(`kiosks.short.${m}`)).join(', ')]
            .filter(Boolean)
            .join(' · '),
          heard: k.last_seen_at
            ? [
                text('kiosks.heard', { when: moment(k.last_seen_at), ago: ago(k.last_seen_at, serverNow()) }),
                k.address ?? '',
              ]
                .filter(Boolean)
                .join(' · ')
            : '',
          vouched: k.vouched_by?.length ? text('kiosks.vouched', { names: names(k.vouched_by) }) : '',
          confirmable: Boolean(k.vouched_by?.some((v) => v.user_id !== session.user?.id)),
          confirmLabel: text('kiosks.confirmOf', { name: k.name }),
          free: k.state !== 'unpaired',
          pairText: text(paired ? 'kiosks.again' : 'kiosks.pair'),
          pairLabel: text(paired ? 'kiosks.againOf' : 'kiosks.pairOf', { name: k.name }),
          unpairLabel: text('kiosks.unpairOf', { name: k.name }),
          editLabel: text('kiosks.editOf', { name: k.name }),
        };
      });
    },
    get formTitle() {
      return this.editing ? text('kiosks.editOf', { name: this.editing.name }) : text('kiosks.new');
    },
    get pairingTitle() {
      return this.pairing ? text('kiosks.pairOf', { name: this.pairing.name }) : '';
    },
    // codeText is the code in two halves, which are easier to type.
    get codeText() {
      return `${this.code.slice(0, 4)} ${this.code.slice(4)}`;
    },
    get where() {
      return text('kiosks.where', { address: `${location.origin}/kiosk` });
    },
    get over() {
      return this.until <= this.now;
    },
    get good() {
      return !this.over;
    },
    get leftText() {
      return text(this.over ? 'kiosks.codeOver' : 'kiosks.left', { time: remaining(this.until - this.now) });
    },
  });
});
