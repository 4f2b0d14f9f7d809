import { text } from '../language.js';
import { send } from '../http.js';
import { editing } from '../editing.js';
import { compose, list, none } from '../list.js';
import { axis, clock, layout, span } from '../shifts.js';
import { patterns } from '../patterns.js';
import { ask, form } from '../ui.js';
import { admin, wished } from '../nav.js';
import { session, start } from '../start.js';

/** @typedef {import('../api').Item<'/api/shifts'>} Shift */

const numbers = [
  'opens_before',
  'closes_after',
  'late_grace',
  'early_grace',
  'break_minutes',
  'break_minimum',
  'break_after',
  'half_day_below',
  'absent_below',
];
const most = {
  opens_before: 720,
  closes_after: 1440,
  late_grace: 240,
  early_grace: 240,
  break_minutes: 480,
  break_minimum: 480,
  break_after: 1440,
  half_day_below: 1440,
  absent_below: 1440,
};
const empty = {
  code: '',
  name: '',
  start: '08:00',
  end: '17:00',
  opens_before: '120',
  closes_after: '240',
  late_grace: '0',
  early_grace: '0',
  break_mode: 'fixed',
  break_minutes: '60',
  break_minimum: '30',
  break_after: '240',
  half_day_below: '0',
  absent_below: '0',
};
const modes = ['fixed', 'punched', 'longer'];

const placed = (p) => (p ? { display: 'block', left: `${p.x}%`, width: `${p.width}%` } : { display: 'none' });

// bar is the picture of a shift, over an axis that it may share with other shifts.
function bar(shift, over) {
  const l = layout(shift, over);
  if (!l)
    return {
      shown: false,
      label: text('shifts.barEmpty'),
      ticks: [],
      midnights: [],
      facts: [],
      window: placed(null),
      work: placed(null),
      grace: placed(null),
      leave: placed(null),
      pause: placed(null),
    };
  const rest = text((shift.break_mode || 'fixed') === 'fixed' ? 'shifts.n' : 'shifts.least', { n: l.rest });
  return {
    shown: true,
    hours: text('shifts.barHours', { n: l.hours }),
    label: text('shifts.barLabel', {
      opens: clock(l.opens),
      start: clock(l.start),
      late: clock(l.late),
      rest,
      end: clock(l.end),
      closes: clock(l.closes),
    }),
    ticks: l.ticks.map((t, i) => ({
      ...t,
      edge: i === 0 ? 'first' : i === l.ticks.length - 1 ? 'last' : '',
      style: { left: `${t.x}%` },
    })),
    midnights: l.midnights.map((m) => ({ key: m.key, style: { left: `${m.x}%` } })),
    window: placed(l.window),
    work: placed(l.shift),
    grace: placed(l.grace),
    leave: placed(l.leave),
    pause: placed(l.pause),
    facts: [
      ['shifts.opens', clock(l.opens)],
      ['shifts.start', clock(l.start)],
      ['shifts.grace', clock(l.late)],
      ['shifts.break', rest],
      ['shifts.end', clock(l.end)],
      ['shifts.closes', clock(l.closes)],
    ].map(([name, value]) => ({ name: text(name), value })),
  };
}

start('shift', () => {
  /** @type {any} */
  let page = null; // the component, as Alpine knows it

  async function save(values) {
    const body = {
      code: values.code.trim(),
      name: values.name.trim(),
      start: values.start,
      end: values.end,
      break_mode: values.break_mode,
    };
    const wrong = {};
    for (const f of ['code', 'name', 'start', 'end']) if (!body[f]) wrong[f] = text(`shifts.wrong.${f}`);
    for (const f of numbers) {
      const value = String(values[f] ?? '').trim();
      if (!/^\d{1,4}$/.test(value) || Number(value) > most[f]) wrong[f] = text(`shifts.wrong.${f}`);
      body[f] = Number(value);
    }
    if (Object.keys(wrong).length > 0) {
      page.editor.complain(wrong);
      return;
    }
    const { one } = page;
    const sh = one
      ? await send('PATCH', '/api/shifts/{id}', { path: { id: one.id }, body: { ...body, version: one.version } })
      : await send('POST', '/api/shifts', { body });
    await page.stored(text(one ? 'shifts.saved' : 'shifts.added', { name: sh.name }));
  }

  const shifts = compose(list({ route: '/api/shifts', limit: 0 }), editing);
  return compose(compose(shifts, patterns()), {
    text,
    one: /** @type {Shift} */ (none),
    editor: {
      ...form(empty, save),
      load() {
        return page.load();
      },
    },

    init() {
      page = this;
      let begun = false;
      const begin = () => {
        if (begun || this.problem) return; // patterns begin with the shifts
        begun = true;
        this.beginPatterns();
        const wish = wished();
        if (wish === 'pola') this.beginWithout();
        if (wish === 'baru' && this.mayEdit) this.create();
      };
      this.$watch('problem', begin);
      this.load().then(begin);
    },
    create() {
      this.show(null);
    },
    edit(event) {
      this.show(this.shifts.find((s) => s.id === Number(event.currentTarget.dataset.id)));
    },
    show(one) {
      this.one = one;
      this.editor.fill(one ? Object.fromEntries(Object.keys(empty).map((f) => [f, String(one[f])])) : {});
      this.$refs.editor.showModal();
    },
    async remove() {
      const { id, name } = this.one;
      if (
        !(await ask({
          title: text('shifts.removeAsk', { name }),
          text: text('shifts.removeWhy'),
          yes: text('shifts.remove'),
          danger: true,
        }))
      )
        return;
      try {
        const { removed } = await send('DELETE', '/api/shifts/{id}', { path: { id } });
        await this.stored(text(removed ? 'shifts.removed' : 'shifts.deactivated', { name }));
      } catch (problem) {
        this.editor.error = problem.message;
      }
    },
    async activate() {
      const { id, name } = this.one;
      try {
        await send('PATCH', '/api/shifts/{id}', { path: { id }, body: { active: true } });
        await this.stored(text('shifts.activated', { name }));
      } catch (problem) {
        this.editor.error = problem.message;
      }
    },

    get mayEdit() {
      return admin(session.user);
    },
    // hours are the labels of the axis that all bars of the list share.
    get hours() {
      return this.hasRows ? bar(this.shifts[0], axis(this.shifts)).ticks : [];
    },
    get shown() {
      const over = axis(this.shifts);
      return this.shifts.map((s) => ({
        id: s.id,
        code: s.code,
        name: s.name,
        times: span(s),
        bar: bar(s, over),
        mark: s.active ? 'present' : 'pending',
        stateText: text(s.active ? 'shifts.active' : 'shifts.inactive'),
        editLabel: text('shifts.editOne', { name: s.name }),
      }));
    },
    get shifts() {
      return this.rows;
    },
    get loaded() {
      return !this.fresh;
    },
    get title() {
      return this.one ? text('shifts.editOne', { name: this.one.name }) : text('shifts.new');
    },
    get picture() {
      return bar(this.editor.values);
    },
    get modes() {
      return modes.map((value) => ({ value, label: text(`shifts.break_mode.${value}`) }));
    },
    get modeHint() {
      return text(`shifts.break_mode.${this.editor.values.break_mode || 'fixed'}.hint`);
    },
    isMode(value) {
      return this.editor.values.break_mode === value;
    },
    // A shift has two lengths of a break. The form shows only the one that its mode uses; the other stays as it was.
    get fields() {
      return numbers
        .filter((name) => name !== (this.isMode('punched') ? 'break_minutes' : 'break_minimum'))
        .map((name) => ({ name, label: text(`shifts.field.${name}`), most: most[name], wrongId: `${name}-wrong` }));
    },
    get removable() {
      return Boolean(this.one?.active);
    },
    get inactive() {
      return this.one !== null && !this.one.active;
    },
    get saveText() {
      return text(this.editor.busy ? 'ui.saving' : 'ui.save');
    },
    get wrong() {
      return this.editor.errors;
    },
    wrongOf(field) {
      return this.editor.errors[field] ?? '';
    },
    invalid(field) {
      return this.editor.errors[field] ? 'true' : false;
    },
  });
});
