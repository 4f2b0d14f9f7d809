import { text } from './language.js';
import { Problem } from './http.js';

// What every page has: short messages at the edge (toast), and a question with two answers (ask). The markup of both is
// in layout.html and dialogs.html.
const state = {
  watch: /** @type {((what: () => unknown, then: (value: any) => void) => void) | null} */ (null),
  toasts: { list: /** @type {{id: number, kind: string, message: string}[]} */ ([]) },
  question: {
    title: '',
    text: '',
    yes: '',
    danger: false,
    answer: /** @type {((yes: boolean) => void) | null} */ (null),
  },
};
const toastFor = 6000; // milliseconds

// unsent is the event by which a form says that what is in it was not taken.
export const unsent = 'unsent';

// filled is the event by which a page says that it has begun a form of an open dialog anew.
export const filled = 'filled';

/**
 * refused says so of a form, if it is known which one.
 * @param {EventTarget | null} [sender]
 */
export function refused(sender) {
  sender?.dispatchEvent(new Event(unsent, { bubbles: true }));
}

export const shortestPassword = 8; // characters, as the server has it
let last = 0;

// toast shows a message for a while; kind is good, info or error. Errors stay until they are closed.
export function toast(kind, message) {
  const id = ++last;
  state.toasts.list.push({ id, kind, message });
  raise(document.querySelector('.toasts'));
  if (kind !== 'error') setTimeout(() => drop(id), toastFor);
}

// raise shows an element above everything that is open. The backdrop of a drawer would otherwise cover it.
function raise(element) {
  if (!element?.showPopover) return; // a browser from before 2024 shows it below
  if (element.matches(':popover-open')) element.hidePopover();
  element.showPopover();
}

function drop(id) {
  state.toasts.list = state.toasts.list.filter((t) => t.id !== id);
}

// ask shows a question and resolves to true for yes. Escape means no.
export function ask({ title, text: body = '', yes = text('ui.yes'), danger = false }) {
  return new Promise((answer) => {
    Object.assign(state.question, { title, text: body, yes, danger, answer });
    dialog('question').showModal();
  });
}

// ui registers their components.
export function ui(Alpine) {
  state.watch = Alpine.watch;
  state.toasts = Alpine.reactive(state.toasts);
  state.question = Alpine.reactive(state.question);
  Alpine.data('toasts', () => ({
    text,
    get list() {
      return state.toasts.list;
    },
    close(event) {
      drop(Number(event.currentTarget.dataset.id));
    },
  }));
  Alpine.data('question', () => ({
    get title() {
      return state.question.title;
    },
    get body() {
      return state.question.text;
    },
    get yes() {
      return state.question.yes;
    },
    get kind() {
      return state.question.danger ? 'danger' : 'primary';
    },
    agree() {
      this.$root.close('yes');
    },
    refuse() {
      this.$root.close('');
    },
    closed() {
      state.question.answer?.(this.$root.returnValue === 'yes');
      state.question.answer = null;
      this.$root.returnValue = '';
    },
  }));
}

/**
 * dialog returns a drawer or dialog of the page.
 * @param {string} id
 */
export function dialog(id) {
  return /** @type {HTMLDialogElement} */ (element(id));
}

/**
 * element returns an element that the page is known to have.
 * @param {string} id
 */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

// focusLost tells whether nothing that is shown has the focus. What has just been hidden keeps it for a moment.
export function focusLost() {
  return document.activeElement === document.body || !document.activeElement?.checkVisibility();
}

// focusShown moves the focus to an element that is about to be shown: Alpine has asked for the next frame by then.
export function focusShown(id) {
  setTimeout(() => requestAnimationFrame(() => element(id).focus()), 0);
}

// copied puts a text that the page shows on the clipboard, and resolves to whether it could. Without https there is no
// clipboard. The text is selected then, so that a key or a long press copies it.
export async function copied(value, selector) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    const [marked] = document.querySelectorAll(selector);
    getSelection()?.selectAllChildren(marked);
    return false;
  }
}

// saveFile gives the reader a file that the page has made or read.
export function saveFile(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const seen = (selector) => [...document.querySelectorAll(selector)].find((e) => e.offsetParent);

// focusWrong moves the focus to the first control within a part of the page that something is wrong with, or to the
// first of a group of such controls. It tells whether there is one.
export function focusWrong(within) {
  const at = seen(`${within} [aria-invalid="true"]`);
  const control = at?.matches('input, select, textarea') ? at : at?.querySelector('input, select, textarea');
  control?.focus();
  return Boolean(at);
}

// typed returns what a field holds already. On a slow phone people and password managers are quicker than our scripts.
export function typed(id) {
  return /** @type {HTMLInputElement} */ (element(id)).value;
}

// required returns a message for every field that must not be empty and is. The words are ours instead of the
// browser's.
export function required(values, names) {
  const empty = names.filter((name) => !String(values[name] ?? '').trim());
  return Object.fromEntries(empty.map((name) => [name, text('ui.required')]));
}

/**
 * sentences returns what the server says of each field, in its own words: only it knows the reason, so no page puts
 * another sentence in their place. The first of several about a field counts. One about an element of a list is about
 * the list; one about a part of such an element keeps its whole name, sites[0].radius.
 * @param {Problem} problem
 * @returns {Record<string, string>}
 */
export function sentences(problem) {
  const named = problem.errors.map((e) => [e.field.replace(/\[\d+\]$/, ''), e.message]);
  return Object.fromEntries(named.reverse());
}

/**
 * sentence returns what the server says where there is room for one sentence: of the first field, or of the whole.
 * @param {Problem} problem
 * @returns {string}
 */
export function sentence(problem) {
  return problem.errors[0]?.message ?? problem.message;
}

/**
 * form is the state of a form: values, a message per field, and what happens on submit. check may return messages by
 * field, and then nothing is sent. send gets a copy of the values and may throw a Problem, whose errors are shown at
 * their fields and whose message is shown on top. Make it part of a component with compose. A field's message goes when
 * its value changes. The sentence on top goes with the last such message.
 * @template {Record<string, any>} V
 * @param {V} empty
 * @param {(this: any, values: V) => Promise<void>} send
 * @param {(this: any, values: V) => Record<string, string>} [check]
 */
export function form(empty, send, check = () => ({})) {
  const watched = new Set();
  // fieldOf returns the name of the value that an error is about. People type a number where the server expects an id,
  // and lists have parts.
  function fieldOf(component, name) {
    const [base] = name.split(/[.[]/);
    return [base, base.replace(/_id$/, '')].find((n) => n in component.values);
  }
  function mend(component) {
    if (!state.watch) return; // without a page
    for (const name of Object.keys(component.errors)) {
      if (watched.has(name)) continue;
      watched.add(name);
      const field = fieldOf(component, name);
      state.watch(
        () => JSON.stringify(field ? component.values[field] : component.values),
        () => {
          delete component.errors[name];
        },
      );
    }
    if (watched.has('')) return;
    watched.add('');
    state.watch(
      () => Object.keys(component.errors).length,
      (n) => {
        if (n === 0 && component.checking) component.error = '';
      },
    );
  }
  return {
    values: { ...empty },
    errors: /** @type {Record<string, string>} */ ({}), // by field
    error: '', // on top
    unplaced: '', // what the server said, for where no field shows what is wrong
    busy: false,
    checking: false,
    fill(/** @type {Partial<V>} */ values = {}) {
      this.values = { ...empty, ...values };
      this.errors = {};
      this.error = '';
    },
    // wrong tells whether something is wrong with a field, as aria-invalid wants it.
    wrong(field) {
      return Boolean(this.errors[field]);
    },
    // complain shows messages at their fields.
    complain(errors) {
      Object.assign(this.errors, errors);
      this.error = text('ui.check');
      this.checking = true;
    },
    /** @param {Event} [event] */
    async submit(event) {
      if (this.busy) return;
      const sender = event?.target;
      this.busy = true;
      this.errors = {};
      this.error = '';
      this.checking = false;
      try {
        const wrong = check.call(this, { ...this.values });
        if (Object.keys(wrong).length > 0) this.complain(wrong);
        else await send.call(this, { ...this.values });
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (problem.errors.length > 0) this.complain(sentences(problem));
        else this.error = problem.message;
        // The list behind the form shows what somebody else made of it.
        if (problem.code === 'stale') /** @type {any} */ (this).load?.();
        this.unplaced = problem.message;
      } finally {
        this.busy = false;
        if (this.error) refused(sender);
        mend(this);
        if (this.checking) setTimeout(() => this.point(), 0);
      }
    },
    // point moves the focus to the first wrong field. An error without a place in the form is shown on top.
    point() {
      if (!focusWrong('form') && !seen('form .wrong') && this.unplaced) this.error = this.unplaced;
    },
  };
}
