import { clockTime, language, text } from '../language.js';
import { send } from '../http.js';
import { compose, list, none } from '../list.js';
import { wished } from '../nav.js';
import { serverNow, start } from '../start.js';
import { circle, decimal, mapAt, metres, zones } from '../places.js';
import { ask, dialog, element, form, required, toast } from '../ui.js';

/** @typedef {import('../api').Item<'/api/branches'>} Branch */

const blank = {
  code: '',
  name: '',
  zone: 'Asia/Jakarta',
  policy: 'record',
  max_accuracy: /** @type {number | string} */ (150),
  shared_devices: false,
  networks: '', // one a line
  network_policy: 'record',
  also_at: /** @type {(number | string)[]} */ ([]),
  offline_policy: 'hours',
  offline_hours: /** @type {number | string} */ (12),
  active: true,
  locked_through: '',
  sites: /** @type {any[]} */ ([]),
};
let lastKey = 0;

/**
 * save sends what is in the form of one branch.
 * @this {any}
 */
async function save(values) {
  const body = {
    ...values,
    code: values.code.trim(),
    name: values.name.trim(),
    zone: values.zone.trim(),
    max_accuracy: decimal(values.max_accuracy) ?? 0, // null would leave it as it is
    networks: values.networks.split(/[\s,;]+/).filter(Boolean),
    also_at: values.also_at.map(Number),
    offline_hours: values.offline_policy === 'hours' ? (decimal(values.offline_hours) ?? 0) : undefined, // as it is
    sites: values.sites.map((s) => ({
      name: s.name.trim(),
      latitude: decimal(s.latitude),
      longitude: decimal(s.longitude),
      radius: decimal(s.radius),
    })),
  };
  if (this.editing) body.version = this.editing.version;
  else delete body.locked_through; // nothing was recapped yet
  const b = this.editing
    ? await send('PATCH', '/api/branches/{id}', { path: { id: this.editing.id }, body })
    : await send('POST', '/api/branches', { body });
  dialog('branch').close();
  toast('good', text(this.editing ? 'branches.saved' : 'branches.added', { name: b.name }));
  await this.load();
}

const check = (values) => required(values, ['code', 'name', 'zone']);

start('cabang', () =>
  compose(compose(list({ route: '/api/branches', limit: 0 }), form(blank, save, check)), {
    text,
    q: '',
    editing: /** @type {Branch} */ (none),
    zones: zones(),
    init() {
      this.begin();
      if (wished() === 'baru') this.openNew();
    },

    openNew() {
      this.editing = none;
      this.fill({ sites: [], also_at: [] });
      dialog('branch').showModal();
    },
    openEdit(event) {
      const b = this.row(event);
      this.editing = b;
      this.fill({
        code: b.code,
        name: b.name,
        zone: b.zone,
        policy: b.policy,
        max_accuracy: b.max_accuracy,
        shared_devices: b.shared_devices,
        networks: b.networks.join('\n'),
        network_policy: b.network_policy,
        also_at: [...b.also_at],
        offline_policy: b.offline_policy,
        offline_hours: b.offline_hours,
        active: b.active,
        locked_through: b.locked_through ?? '',
        sites: b.sites.map((s) => ({ ...s, key: ++lastKey })),
      });
      dialog('branch').showModal();
    },
    close() {
      dialog('branch').close();
    },
    addSite() {
      this.values.sites.push({ key: ++lastKey, name: '', latitude: '', longitude: '', radius: 100 });
      this.$nextTick(() => element(this.siteID(this.values.sites.length - 1, 'name')).focus());
    },
    removeSite(event) {
      this.values.sites.splice(Number(event.currentTarget.dataset.at), 1);
      this.errors = Object.fromEntries(Object.entries(this.errors).filter(([field]) => !field.startsWith('sites')));
      element('add-site').focus();
    },
    async remove() {
      const { id, name } = this.editing;
      if (
        !(await ask({
          title: text('branches.removeAsk', { name }),
          text: text('branches.removeWhy'),
          yes: text('branches.remove'),
          danger: true,
        }))
      )
        return;
      try {
        const { removed } = await send('DELETE', '/api/branches/{id}', { path: { id } });
        dialog('branch').close();
        toast(removed ? 'good' : 'info', text(removed ? 'branches.removed' : 'branches.stopped', { name }));
        await this.load();
      } catch (problem) {
        this.error = problem.message;
      }
    },

    siteID(at, field) {
      return `site-${at}-${field}`;
    },
    wrongID(at, field) {
      return `site-${at}-${field}-wrong`;
    },
    siteText(at, field) {
      return this.errors[`sites[${at}].${field}`] ?? '';
    },
    siteWrong(at, field) {
      return this.siteText(at, field) !== '';
    },
    siteTitle(at) {
      return text('branches.siteN', { n: at + 1 });
    },
    removeLabel(at) {
      return text('branches.removeSite', { n: at + 1 });
    },
    drawing(site) {
      return circle(decimal(site.radius));
    },
    drawn(site) {
      return this.drawing(site) !== null;
    },
    radiusOf(site) {
      return this.drawing(site)?.r ?? 0;
    },
    scaleOf(site) {
      return metres(this.drawing(site)?.metres ?? 0, language.state.now);
    },
    drawingLabel(site) {
      return text('branches.drawing', {
        radius: metres(decimal(site.radius) ?? 0, language.state.now),
        bar: this.scaleOf(site),
      });
    },
    placed(site) {
      return decimal(site.latitude) !== null && decimal(site.longitude) !== null;
    },
    mapOf(site) {
      return mapAt(decimal(site.latitude), decimal(site.longitude));
    },

    get shown() {
      const q = this.q.trim().toLowerCase();
      return this.rows
        .filter((b) => !q || `${b.code} ${b.name}`.toLowerCase().includes(q))
        .map((b) => ({
          ...b,
          now: clockTime(serverNow(), b.zone),
          sitesText: b.sites.length > 0 ? text('branches.sitesCount', { n: b.sites.length }) : text('branches.noSites'),
          policyText: text(`branches.policy.${b.policy}`),
          editLabel: text('branches.edit', { name: b.name }),
          mark: b.active ? 'present' : 'pending',
          state: text(b.active ? 'branches.active' : 'branches.inactive'),
        }));
    },
    get found() {
      return this.shown.length > 0;
    },
    get none() {
      return !this.fresh && !this.problem && this.shown.length === 0;
    },
    get formTitle() {
      return this.editing ? text('branches.edit', { name: this.editing.name }) : text('branches.new');
    },
    get policyHint() {
      return text(`branches.policyHint.${this.values.policy}`);
    },
    get offlineHint() {
      return text(`branches.offlineHint.${this.values.offline_policy}`);
    },
    get limited() {
      return this.values.offline_policy === 'hours';
    },
    get zoneHint() {
      try {
        return text('branches.zoneNow', { time: clockTime(serverNow(), this.values.zone.trim()) });
      } catch {
        return text('branches.zoneHint');
      }
    },
    // others are the branches whose places may count, too.
    get others() {
      const edited = this.editing?.id;
      return this.rows.filter((b) => b.id !== edited).map((b) => ({ value: b.id, label: b.name }));
    },
    get hasOthers() {
      return this.others.length > 0;
    },
    get siteless() {
      return this.values.sites.length === 0;
    },
    get toothless() {
      return this.siteless && this.values.policy !== 'record';
    },
  }),
);
