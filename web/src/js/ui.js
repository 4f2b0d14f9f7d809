import { text } from './language.js';
import { Problem } from './http.js';

// What every page has: short messages at the edge (toast), and a question with two answers (ask). Both live in layout.html.
const state = { toasts: { list: [] }, question: { title: '', text: '', yes: '', danger: false, answer: null } };
const toastFor = 6000; // milliseconds
let last = 0;

// toast shows a message for a while; kind is good, info or error. Errors stay until they are closed.
export function toast(kind, message) {
  const id = ++last;
  state.toasts.list.push({ id, kind, message });
  raise(document.querySelector('.toasts'));
  if (kind !== 'error') setTimeout(() => drop(id), toastFor);
}

// raise puts an element above whatever is open, drawers included, whose backdrop would else lie over it.
function raise(element) {
  if (!element?.showPopover) return; // a browser from before 2024 shows it below
  if (element.matches(':popover-open')) element.hidePopover();
  element.showPopover();
}

function drop(id) { state.toasts.list = state.toasts.list.filter((t) => t.id !== id); }

// ask shows a question and resolves to whether the answer was yes. Escape is a no.
export function ask({ title, text: body = '', yes, danger = false }) {
  return new Promise((answer) => {
    Object.assign(state.question, { title, text: body, yes: yes ?? text('ui.yes'), danger, answer });
    document.getElementById('question').showModal();
  });
}

// ui registers the components of layout.html.
export function ui(Alpine) {
  state.toasts = Alpine.reactive(state.toasts);
  state.question = Alpine.reactive(state.question);
  Alpine.data('toasts', () => ({
    text,
    get list() { return state.toasts.list; },
    close(event) { drop(Number(event.currentTarget.dataset.id)); },
  }));
  Alpine.data('question', () => ({
    get title() { return state.question.title; },
    get body() { return state.question.text; },
    get yes() { return state.question.yes; },
    get kind() { return state.question.danger ? 'danger' : 'primary'; },
    agree() { this.$root.close('yes'); },
    refuse() { this.$root.close(''); },
    closed() {
      state.question.answer?.(this.$root.returnValue === 'yes');
      state.question.answer = null;
      this.$root.returnValue = '';
    },
  }));
}

// typed is what is in a field already: on a slow phone people and password managers are quicker than our scripts.
export function typed(id) { return document.getElementById(id).value; }

// form is the state of a form: values, a message per field, and what to do on submit. send gets a copy of the values and
// may throw a Problem, whose errors are shown at their fields and whose message on top. Spread it into a component. What is wrong with
// a field is forgotten once it says something else.
export function form(empty, send) {
  const watched = new Set();
  function mend(component) {
    for (const name of Object.keys(component.errors)) {
      const value = name in component.values ? name : name.replace(/_id$/, ''); // people type a number, the server wants its id
      if (!(value in component.values) || watched.has(name)) continue;
      watched.add(name);
      component.$watch(`values.${value}`, () => { delete component.errors[name]; });
    }
  }
  return {
    values: { ...empty }, errors: {}, error: '', busy: false,
    fill(values = {}) {
      this.values = { ...empty, ...values };
      this.errors = {};
      this.error = '';
    },
    async submit() {
      if (this.busy) return;
      this.busy = true;
      this.errors = {};
      this.error = '';
      try {
        await send.call(this, { ...this.values });
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        for (const e of problem.errors) this.errors[e.field] = e.message;
        this.error = problem.errors.length > 0 ? text('ui.check') : problem.message;
        if (problem.code === 'stale') this.load?.(); // the list behind the form shows what somebody else made of it
      } finally {
        this.busy = false;
        if (this.$watch) mend(this);
      }
    },
  };
}
