import { employee } from '../employees.js';
import { send } from '../http.js';
import { text, textOr } from '../language.js';
import { compose, list, none } from '../list.js';
import { ago, moment } from '../moments.js';
import { session, start } from '../start.js';
import { ask, dialog, element, form, required, toast } from '../ui.js';

/** @typedef {import('../api').Item<'/api/terminals'>} Machine */

const blank = {
  name: '',
  branch_id: '',
  site: '',
  direction: 'auto',
  pin_format: '',
  zone: '',
  networks: '',
  active: true,
};
const simple = ['put_all', 'delete_leavers', 'check', 'info', 'restart'];
const lives = { alive: 'present', late: 'late', gone: 'absent' };
const marks = { queued: 'pending', sent: 'pending', done: 'present', failed: 'absent' };

const nameOf = (m) => m.name || m.serial;
const branchOf = (values) => Number(values.branch_id) || undefined;

/**
 * save sends what is in the form of one terminal.
 * @this {any}
 */
async function save(values) {
  const { id, version, state } = this.editing;
  const body = {
    name: values.name.trim(),
    branch_id: branchOf(values),
    site: values.site.trim(),
    direction: values.direction,
    pin_format: values.pin_format.trim(),
    zone: values.zone.trim(),
    networks: values.networks.split(/[\s,]+/).filter(Boolean),
    state: values.active ? 'active' : 'off',
    version,
  };
  await send('PATCH', '/api/terminals/{id}', { path: { id }, body });
  dialog('editor').close();
  toast('good', text(state === 'pending' ? 'machines.accepted' : 'ui.saved'));
  await this.refresh(); // the terminal that is open may be this one
}

const check = (values) =>
  /** @type {Record<string, string>} */ (branchOf(values) ? {} : { branch_id: text('machines.wrong.branch') });

start('mesin', () => {
  /** @type {any} */
  let page = null; // the component, as Alpine knows it
  const path = () => ({ id: page.chosen.id });

  // mapTo says whose a PIN is, and shows what was recorded by that.
  async function mapTo({ number }) {
    const who = await employee(number);
    if (!who) {
      page.mapping.complain({ number: text('machines.noEmployee', { number: number.trim() }) });
      return;
    }
    const { pin } = page;
    const body = { pin, employee_id: who.id };
    const { recorded, known } = await send('POST', '/api/terminals/{id}/pins', { path: path(), body });
    dialog('mapper').close();
    toast('good', text('machines.mapped', { pin, name: who.name, n: recorded + known }));
    await page.refresh();
  }

  return compose(compose(list({ route: '/api/terminals', limit: 0 }), form(blank, save, check)), {
    text,
    lines: list({ route: '/api/terminals/{id}/lines', limit: 50, quiet: true, path }),
    commands: list({ route: '/api/terminals/{id}/commands', limit: 20, quiet: true, path }),
    editing: /** @type {Machine} */ (none),
    chosen: /** @type {Machine} */ (none),
    trouble: '',
    from: '',
    pin: '',
    mapping: form({ number: '' }, mapTo, (values) => required(values, ['number'])),

    init() {
      page = this;
      return this.load();
    },
    async refresh() {
      await this.load();
      if (!this.chosen) return;
      this.chosen = this.rows.find((r) => r.id === this.chosen.id) ?? none;
      if (this.chosen) await this.readDetail();
    },
    openEdit(event) {
      const m = this.row(event);
      this.editing = m;
      this.fill({
        name: m.name,
        branch_id: m.branch_id ? String(m.branch_id) : '',
        site: m.site,
        direction: m.direction,
        pin_format: m.pin_format,
        zone: m.zone,
        networks: m.networks.join(', '),
        active: m.state !== 'off',
      });
      dialog('editor').showModal();
    },
    closeEditor() {
      dialog('editor').close();
    },
    async remove() {
      const { id, serial } = this.editing;
      const sure = await ask({
        title: text('machines.deleteAsk'),
        text: text('machines.deleteWhy', { serial }),
        yes: text('ui.delete'),
        danger: true,
      });
      if (!sure) return;
      try {
        await send('DELETE', '/api/terminals/{id}', { path: { id } });
        dialog('editor').close();
        if (this.chosen?.id === id) this.chosen = none;
        toast('good', text('machines.deleted'));
        await this.load();
        element('title').focus(); // the button that had the focus is gone
      } catch (problem) {
        this.error = problem.message;
      }
    },

    async openDetail(event) {
      this.chosen = this.row(event);
      for (const part of [this.lines, this.commands]) part.restart();
      await this.readDetail();
      element('detail-title').focus();
    },
    async readDetail() {
      this.trouble = '';
      await Promise.all([this.lines.load(), this.commands.load()]);
    },
    moreLines() {
      return this.lines.more();
    },
    moreCommands() {
      return this.commands.more();
    },
    // act does something with the chosen terminal, and shows what came of it.
    async act(/** @type {() => Promise<string>} */ what) {
      this.trouble = '';
      try {
        toast('good', await what());
      } catch (problem) {
        this.trouble = problem.message;
        return;
      }
      await this.refresh();
    },
    replay() {
      return this.act(async () => {
        const { recorded, known, held } = await send('POST', '/api/terminals/{id}/replay', { path: path() });
        return text('machines.replayed', { n: recorded + known, left: held });
      });
    },
    confirm() {
      return this.act(async () => {
        const { recorded, known } = await send('POST', '/api/terminals/{id}/confirm', { path: path() });
        return text('machines.confirmed', { n: recorded + known });
      });
    },
    discard(event) {
      const line_id = Number(event.currentTarget.dataset.id);
      return this.act(async () => {
        await send('DELETE', '/api/terminals/{id}/lines/{line_id}', { path: { ...path(), line_id } });
        return text('machines.discarded');
      });
    },
    order(event) {
      const { kind } = event.currentTarget.dataset;
      return this.command(kind, {});
    },
    resend() {
      return this.command('resend', { from: this.from });
    },
    command(kind, more) {
      return this.act(async () => {
        const body = { kind, ...more };
        const { queued, skipped } = await send('POST', '/api/terminals/{id}/commands', { path: path(), body });
        return [text('machines.queued', { n: queued }), skipped ? text('machines.skipped', { n: skipped }) : '']
          .filter(Boolean)
          .join(' ');
      });
    },

    openMap(event) {
      this.pin = this.lines.row(event).pin;
      this.mapping.fill();
      dialog('mapper').showModal();
    },
    closeMap() {
      dialog('mapper').close();
    },
    submitMap() {
      return this.mapping.submit();
    },

    get branches() {
      return session.branches;
    },
    // orders are named as the commands that they become, where nothing else is said.
    get orders() {
      return simple.map((kind) => ({
        kind,
        label: textOr(`machines.order.${kind}`, text(`machines.command.${kind}`)),
      }));
    },
    get shown() {
      return this.rows.map((m) => {
        const title = nameOf(m);
        const branch = session.branches.find((b) => b.id === m.branch_id)?.name;
        const drift = Math.abs(m.drift_seconds ?? 0);
        return {
          id: m.id,
          serial: m.serial,
          title,
          pending: m.state === 'pending',
          accepted: m.state !== 'pending',
          mark: m.state === 'active' ? lives[m.life] : 'pending',
          state: text(m.state === 'active' ? `machines.life.${m.life}` : `machines.state.${m.state}`),
          place: [branch, m.site, m.serial, m.model, m.address].filter(Boolean).join(' · '),
          heard: [
            text('machines.heard', { when: moment(m.last_seen_at), ago: ago(m.last_seen_at, new Date()) }),
            drift >= 60 ? text('machines.drift', { n: drift }) : '',
          ]
            .filter(Boolean)
            .join(' · '),
          waiting: m.waiting > 0,
          waitingText: text('machines.waiting', { n: m.waiting }),
          openLabel: text('machines.openOf', { name: title }),
          acceptLabel: text('machines.acceptOf', { name: title }),
          editLabel: text('machines.editOf', { name: title }),
        };
      });
    },
    get title() {
      return this.chosen ? nameOf(this.chosen) : '';
    },
    get vouchedText() {
      return this.chosen?.vouched_by ? text('machines.vouched', { name: this.chosen.vouched_name ?? '' }) : '';
    },
    get confirmable() {
      return this.chosen?.vouched_by !== session.user?.id;
    },
    get formTitle() {
      if (!this.editing) return '';
      const name = nameOf(this.editing);
      return text(this.editing.state === 'pending' ? 'machines.acceptOf' : 'machines.editOf', { name });
    },
    get saveText() {
      return text(this.editing?.state === 'pending' ? 'machines.accept' : 'ui.save');
    },
    get deletable() {
      return Boolean(this.editing) && session.user?.role === 'admin';
    },
    get mapTitle() {
      return text('machines.mapOf', { pin: this.pin });
    },
    get mapInvalid() {
      return this.mapping.wrong('number');
    },
    get lineRows() {
      return this.lines.rows.map((l) => ({
        id: l.id,
        pin: l.pin,
        what: l.pin ? text('machines.line', { pin: l.pin, at: l.at || l.text }) : l.text,
        why: textOr(`machines.reason.${l.reason}`, text('machines.reason.other')),
        mappable: l.reason === 'unknown_employee' || l.reason === 'ambiguous_pin',
        mapLabel: text('machines.mapOf', { pin: l.pin }),
        discardLabel: text('machines.discardOf', { line: l.text }),
      }));
    },
    get commandRows() {
      return this.commands.rows.map((c) => ({
        id: c.id,
        kind: c.kind,
        what: text(`machines.command.${c.kind}`),
        mark: marks[c.state],
        state: text(`machines.command.state.${c.state}`),
        meta: [moment(c.created_at), text('machines.attempts', { n: c.attempts })].join(' · '),
      }));
    },
  });
});
