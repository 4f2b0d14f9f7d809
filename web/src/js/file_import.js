import { get, request, Problem } from './http.js';
import { follow } from './live.js';
import { newer, processedOf } from './import_news.js';
import { none } from './list.js';
import { clockTime, language, text } from './language.js';
import { session } from './start.js';
import { focusLost, sentences, toast } from './ui.js';

/** @typedef {import('./api').Answer<'GET', '/api/punches/imports/{id}'>} Import */

const maxFile = 5 << 20; // as the server has it
const askEvery = 2000; // milliseconds; the socket is faster, but may be away
const fields = {
  name: 'employees.name',
  branch_id: 'employees.branch',
  department: 'employees.department',
  position: 'employees.position',
  status: 'employees.status',
  hired_on: 'employees.hiredOn',
  left_on: 'employees.leftOn',
};

function number(n) {
  return new Intl.NumberFormat(language.state.now).format(n);
}

// parameters of the address, by what a file holds.
const parameters = { employees: 'import', punches: 'import-punches' };

// known is the route of an import that there is.
function known({ kind }) {
  return /** @type {'/api/punches/imports/{id}'} */ (`/api/${kind}/imports/{id}`);
}

// contentOf reads what was chosen in a field. A browser keeps only the place of a file, and refuses to read one that
// was changed or removed since; sent without reading it first, it would look as if the server did not answer.
async function contentOf(field) {
  try {
    return new Blob([await field.files[0].arrayBuffer()]);
  } catch {
    field.value = ''; // choosing the same file once more is a change only then
    const message = text('import.stale');
    throw new Problem(0, 'stale_file', message, [{ field: 'file', message }]);
  }
}

// fileImport is the drawer in which a file of employees or punches is chosen, looked at, started and followed. The
// address names the import, so that a reload finds it again.
export function fileImport() {
  let timer = null;
  let listening = false;
  /** @type {any} */
  let component = null;

  // attend listens for news of the import before it starts, and asks the server while it runs.
  function attend() {
    clearTimeout(timer);
    if (!listening && !component.ended) {
      listening = true;
      follow({ channels: [`user.${session.user.id}`], on: { 'import.progressed': heard }, read: ask });
    }
    if (component.underway) timer = setTimeout(ask, askEvery);
  }

  async function ask() {
    clearTimeout(timer);
    const { im } = component;
    if (!im || !component.underway) return;
    try {
      take(await get(known(component), { path: { id: im.id } }));
    } catch {
      /* the next question may be answered */
    }
    attend();
  }

  function heard(news) {
    if (component.im?.id === news.id) take(news);
  }

  // take accepts news. When the import has ended it fetches the refused lines and reloads the list behind the drawer.
  function take(news) {
    const before = component.im;
    if (!before || before.id !== news.id) return;
    const was = component.underway;
    component.im = newer(before, news);
    if (was && component.ended) finished();
  }

  async function finished() {
    clearTimeout(timer);
    const { id } = component.im;
    component.$dispatch('imported');
    if (!component.$refs.drawer.open) toast(component.outcomeKind, component.outcome);
    try {
      const whole = await get(known(component), { path: { id } });
      if (component.im?.id === id) component.im = newer(component.im, whole);
    } catch {
      /* the counts are there */
    }
  }

  function remember(id) {
    const url = new URL(location.href);
    for (const name of Object.values(parameters)) url.searchParams.delete(name);
    if (id) url.searchParams.set(parameters[component.kind], id);
    history.replaceState(history.state, '', url); // which may be the entry of the open drawer
  }

  return {
    kind: /** @type {'employees' | 'punches'} */ ('employees'),
    im: /** @type {Import} */ (none),
    problem: '',
    wrongFile: '',
    wrongPin: '',
    wrongDevice: '',
    pinFormat: '',
    device: '',
    direction: '',
    order: '',
    wrongOrder: '',
    busy: false,

    async init() {
      component = this;
      const query = new URLSearchParams(location.search);
      const kind = query.has(parameters.employees) ? 'employees' : 'punches';
      const id = query.get(parameters[kind]);
      if (!id || !/^[1-9][0-9]{0,15}$/.test(id)) return;
      this.kind = kind;
      try {
        this.im = await get(`${this.base}/{id}`, { path: { id } });
        this.show();
        attend();
      } catch (problem) {
        remember(null);
        if (problem instanceof Problem && problem.code === 'file_displaced') toast('error', problem.message);
      }
    },
    // open shows an import that is under way, of either kind, before anything new begins.
    open(event) {
      const { kind } = event.detail;
      if (!this.underway && kind !== this.kind) {
        this.reset();
        this.kind = kind;
      }
      this.show();
    },
    show() {
      const { drawer } = this.$refs;
      if (drawer.open) return;
      drawer.showModal();
      if (this.im) remember(this.im.id);
    },
    close() {
      this.$refs.drawer.close();
    },
    closed() {
      remember(null);
      if (this.ended) this.reset();
      // Nobody pressed anything if the address opened it.
      const button = /** @type {HTMLElement | null} */ (document.querySelector('[data-test="import"]'));
      if (focusLost()) button?.focus();
    },
    reset() {
      this.im = none;
      this.clear();
      this.$refs.file.value = '';
    },
    again() {
      this.reset();
      remember(null);
      this.$nextTick(() => this.$refs.file.focus());
    },
    clear() {
      this.problem = '';
      this.wrongFile = '';
      this.wrongPin = '';
      this.wrongDevice = '';
      this.wrongOrder = '';
    },
    chosen() {
      this.clear();
    },
    async check() {
      if (this.busy) return;
      const file = this.$refs.file.files[0];
      this.clear();
      if (!file) this.wrongFile = text('import.choose');
      if (file?.size > maxFile) this.wrongFile = text('import.tooLarge');
      if (this.wrongFile) {
        this.$refs.file.focus();
        return;
      }
      await this.doing(async () => {
        const body = await contentOf(this.$refs.file);
        const query = {
          name: file.name.slice(0, 200),
          ...(this.ofPunches && {
            pin_format: this.pinFormat.trim(),
            device: this.device.trim(),
            direction: this.direction,
            columns: this.order.trim(),
          }),
        };
        const { data } = await request('POST', this.base, {
          query,
          body,
          headers: { 'Content-Type': 'text/csv' },
        });
        this.im = data;
        attend();
      });
    },
    begin() {
      return this.doing(async () => {
        const { data } = await request('POST', `${this.base}/{id}/start`, { path: { id: this.im.id } });
        this.im = { ...data, changes: [] };
        attend();
      });
    },
    readAuto() {
      return this.read('auto');
    },
    readAnew() {
      return this.read(this.im.reading?.direction || 'status');
    },
    // read makes the server read the same file in another way.
    read(direction) {
      return this.doing(async () => {
        const query = { direction, columns: this.im.reading?.columns };
        this.im = (await request('POST', '/api/punches/imports/{id}/read', { path: { id: this.im.id }, query })).data;
        this.direction = direction;
        attend();
      });
    },
    // doing runs a request and moves the focus to the heading of the next step.
    async doing(work) {
      if (this.busy) return;
      this.busy = true;
      this.problem = '';
      try {
        await work();
        remember(this.im.id);
        this.$nextTick(() => this.$refs.heading.focus());
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const said = sentences(problem);
        if (problem.status === 413) this.wrongFile = text('import.tooLarge');
        else if (said.file) this.wrongFile = said.file;
        else if (said.pin_format) this.wrongPin = said.pin_format;
        else if (said.device) this.wrongDevice = said.device;
        else if (said.columns) this.wrongOrder = said.columns;
        else this.problem = problem.message;
        const at =
          (this.wrongFile && 'file') ||
          (this.wrongPin && 'pin') ||
          (this.wrongDevice && 'device') ||
          (this.wrongOrder && 'columns');
        if (at) this.$nextTick(() => this.$refs[at].focus());
      } finally {
        this.busy = false;
      }
    },

    // Both routes answer the same. The types use the one of punches.
    get base() {
      return /** @type {'/api/punches/imports'} */ (`/api/${this.kind}/imports`);
    },
    get ofPunches() {
      return this.kind === 'punches';
    },
    get ofEmployees() {
      return this.kind === 'employees';
    },
    get hint() {
      return text(`import.hint.${this.kind}`);
    },
    get columns() {
      return text(`import.columns.${this.kind}`);
    },
    get fileLabel() {
      return text(`import.file.${this.kind}`);
    },
    get state() {
      return this.im?.state ?? '';
    },
    get choosing() {
      return this.im === null;
    },
    get known() {
      return this.im !== null;
    },
    get previewing() {
      return this.state === 'preview';
    },
    get underway() {
      return this.state === 'queued' || this.state === 'running';
    },
    get ended() {
      return this.state === 'done' || this.state === 'failed';
    },
    get heading() {
      if (this.previewing) return text('import.titlePreview');
      if (this.underway) return text('import.titleRunning');
      return text(this.ended ? 'import.titleDone' : `import.title.${this.kind}`);
    },
    get exampleLabel() {
      return text('import.example');
    },
    get fileInvalid() {
      return this.wrongFile ? 'true' : false;
    },
    get checkText() {
      return text(this.busy ? 'import.checking' : 'import.check');
    },
    get fileText() {
      return this.im
        ? text('import.fileLines', { file: this.im.file_name, n: this.im.lines, count: number(this.im.lines) })
        : '';
    },
    get total() {
      return Math.max(this.im?.lines ?? 1, 1);
    },
    get processed() {
      return this.im ? Math.min(processedOf(this.im), this.total) : 0;
    },
    get progressText() {
      return this.state === 'queued'
        ? text('import.waiting')
        : text('import.progress', { done: number(this.processed), count: number(this.total) });
    },
    get counts() {
      const names = this.ofPunches
        ? ['created', 'unchanged', 'rejected']
        : ['created', 'updated', 'unchanged', 'rejected'];
      return names.map((name) => ({
        key: `import-${name}`,
        label: text(this.ofPunches && name === 'unchanged' ? 'import.known' : `import.count.${name}`),
        value: number(this.im?.[name] ?? 0),
      }));
    },
    get leavingText() {
      const n = this.im?.leaving ?? 0;
      return this.previewing && n > 0 ? text('import.leaving', { n, count: number(n) }) : '';
    },
    get outcome() {
      if (!this.ended) return '';
      if (this.state === 'failed') return text(`import.failed.${this.im.reason}`);
      return this.im.rejected > 0
        ? text('import.doneRefused', { n: this.im.rejected, count: number(this.im.rejected) })
        : text('import.done');
    },
    get outcomeKind() {
      if (this.state === 'failed') return 'error';
      return this.im?.rejected > 0 ? 'info' : 'good';
    },
    get mayProceed() {
      return this.im?.may_proceed === true;
    },
    get nothing() {
      return this.previewing && !this.mayProceed;
    },
    get beginText() {
      const n = this.im ? this.im.created + this.im.updated : 0;
      return text(`import.begin.${this.kind}`, { n, count: number(n) });
    },
    get ignoredText() {
      const columns = (this.im?.ignored ?? []).join(', ');
      return columns && text('import.ignored', { columns });
    },
    get errorsHref() {
      return this.im ? `${this.base}/${this.im.id}/errors?language=${language.state.now}` : '';
    },
    get hasRefused() {
      return !this.underway && this.refusedRows.length > 0;
    },
    get refusedRows() {
      return (this.im?.refused ?? []).map((r) => ({
        line: r.line,
        text: r.text,
        reason: language.state.now === 'id' ? r.indonesian : r.message,
      }));
    },
    get refusedMore() {
      return this.im?.rejected > this.refusedRows.length
        ? text('import.moreCsv', { shown: number(this.refusedRows.length), count: number(this.im.rejected) })
        : '';
    },
    get hasChanges() {
      return this.previewing && this.changeRows.length > 0;
    },
    get changeRows() {
      return (this.im?.changes ?? []).map((c) => ({
        ...c,
        whatText: c.at
          ? this.punchText(c)
          : c.what === 'created'
            ? text('import.count.created')
            : text('import.changed', { fields: (c.changed ?? []).map((f) => text(fields[f])).join(', ') }),
      }));
    },
    punchText(/** @type {any} */ { at, zone, direction }) {
      const date = new Date(at).toLocaleDateString(language.state.now, {
        timeZone: zone,
        day: 'numeric',
        month: 'short',
        year: 'numeric',
      });
      return [date, clockTime(at, zone), direction ? text(`direction.${direction}`) : ''].filter(Boolean).join(' · ');
    },
    get modes() {
      return ['', 'auto', 'in', 'out'].map((m) => ({
        key: m || 'said',
        value: m,
        label: text(`import.direction.${m || 'said'}`),
      }));
    },
    get orderInvalid() {
      return this.wrongOrder ? 'true' : false;
    },
    get onlyText() {
      const only = this.previewing && this.im.reading?.only;
      return only ? text('import.only', { direction: text(`direction.${only}`) }) : '';
    },
    get replacedText() {
      return this.im?.replaced > 0
        ? text('import.replaced', { n: this.im.replaced, count: number(this.im.replaced) })
        : '';
    },
    get hasNotes() {
      return !this.underway && this.im?.noted > 0;
    },
    get notesText() {
      return text('import.notes', { n: this.im?.noted, count: number(this.im?.noted ?? 0) });
    },
    get noteRows() {
      return (this.im?.notes ?? []).slice(0, 20).map((n) => ({
        line: n.line,
        where: text('import.lineAt', { line: n.line }),
        reason: language.state.now === 'id' ? n.indonesian : n.message,
      }));
    },
    get mayReadAnew() {
      return this.previewing && (this.im.notes ?? []).some((n) => n.code === 'other_direction');
    },
    get pinInvalid() {
      return this.wrongPin ? 'true' : false;
    },
    get deviceInvalid() {
      return this.wrongDevice ? 'true' : false;
    },
    get changesMore() {
      const all = this.im ? this.im.created + this.im.updated : 0;
      return all > this.changeRows.length
        ? text('import.more', { shown: number(this.changeRows.length), count: number(all) })
        : '';
    },
  };
}
