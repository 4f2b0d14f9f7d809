import { departure } from './http.js';
import { text } from './language.js';
import { ask, dialog as dialogNamed, filled, focusLost, unsent } from './ui.js';

// What every drawer and dialog of a page does. The focus returns to the button that opened it. The Back button closes
// it instead of leaving the page. Escape, Back and leaving the page ask first when something was typed into it. Buttons
// that close a dialog do not ask, and neither does a page that closes it after saving. A form outside of a dialog is
// asked about when the page is left, if it is marked: <section data-keep>. A dialog that holds something else to lose
// says so with data-unsaved, which is the question; one whose fields are not worth a question says data-passing. One
// that has an address of its own says it with data-address before it opens. Forward leads there again: the page hears
// of it by popstate, and opens it.

const fields = 'input:not([type=hidden], [type=search]), select, textarea';

// Filters choose only what a list shows, so nothing is lost with them.
const controlsOf = (root) => [...root.querySelectorAll(fields)].filter((c) => !c.closest('[role=search]'));

// valueOf is the part of a control that a person changes.
export function valueOf(control) {
  if (control.type === 'checkbox' || control.type === 'radio') return control.checked;
  if (control.type === 'file') return control.files.length;
  return control.value;
}

// Memory knows what the controls of a dialog held before somebody touched them.
export class Memory {
  constructor(root) {
    this.root = root;
    this.touched = false;
    this.values = new Map();
    this.learn();
  }

  // learn stores the present values as the original ones. Pages fill their forms after opening them.
  learn() {
    if (this.touched) return;
    this.values = new Map(controlsOf(this.root).map((c) => [c, valueOf(c)]));
  }

  // question is what to ask before the dialog is closed; '' where it holds nothing but what was typed.
  get question() {
    return this.root.getAttribute('data-unsaved') ?? '';
  }

  // changed tells whether something would be lost: what the page says, or what was typed. Controls that the page no
  // longer shows do not count.
  get changed() {
    if (this.root.getAttribute('data-passing') !== null) return false;
    if (this.question) return true;
    if (!this.touched) return false;
    const before = (c) => this.values.get(c) ?? (c.type === 'checkbox' || c.type === 'radio' ? c.checked : '');
    return controlsOf(this.root).some(
      (c) => c.checkVisibility() && !c.disabled && !c.readOnly && valueOf(c) !== before(c),
    );
  }

  // forget is called when the input is on its way to the server, or the page has begun a form anew.
  forget() {
    const { touched, values } = this;
    this.sent = { touched, values };
    this.touched = false;
    this.learn();
  }

  // remember is called when the server did not take it.
  remember() {
    Object.assign(this, this.sent);
  }
}

const open = new Map(); // dialog → Memory, in the order in which they opened
const kept = new Map(); // form of the page → Memory
let pushed = false; // whether our own entry is on top of the history
let leaving = false; // whether we are going back from it
let address = ''; // what the page's address has to be after that
let home = ''; // the page's address without what is open, which has another one; '' while that is the same
let asking = null; // the answer to the last question

const topmost = () => [...open.keys()].at(-1);
const anyChanged = () => [...open.values(), ...kept.values()].some((m) => m.changed);

// mayLose resolves to whether what is in a dialog may be thrown away.
async function mayLose(dialog) {
  if (dialogNamed('question').open) return false; // a question is open
  await asking; // a question that was just closed has not answered yet
  const memory = open.get(dialog);
  if (!memory?.changed) return true;
  const said = memory.question
    ? { title: memory.question, yes: text('ui.close') }
    : { title: text('ui.discardAsk'), text: text('ui.discardWhy'), yes: text('ui.discard') };
  asking = ask({ ...said, danger: true });
  return asking;
}

async function leave(dialog) {
  if ((await mayLose(dialog)) && open.has(dialog)) dialog.close();
}

// settle adds an entry to the history while something is open, and removes it when nothing is.
function settle() {
  if (leaving) return;
  if (open.size > 0 && !pushed) {
    pushed = true;
    const own = [...open.keys()].map((d) => d.getAttribute('data-address')).find(Boolean);
    if (history.state?.drawer) return; // forth to it, or loaded again
    home = own ? location.href : '';
    history.pushState({ drawer: true }, '', own);
  } else if (open.size === 0 && pushed) {
    leaving = true;
    address = home || location.href;
    home = '';
    history.back();
  }
}

// rename gives the page another address: at once, or as soon as nothing is open any more that has its own.
export function rename(/** @type {string} */ url) {
  if (history.state?.drawer) home = url;
  else history.replaceState(null, '', url);
}

function back() {
  if (leaving) {
    leaving = false;
    pushed = false;
    history.replaceState(null, '', address);
    settle(); // another one may have opened meanwhile
    return;
  }
  pushed = false;
  const dialog = topmost();
  if (!dialog) return;
  if (open.get(dialog).changed) settle(); // it stays open until there is an answer
  leave(dialog);
}

let pressed = /** @type {HTMLElement | null} */ (null); // what was clicked last
const openers = new WeakMap(); // dialog → what was clicked to open it

// returnFocus focuses what opened a dialog, or what opened the dialog that held it. Browsers give the focus back to
// what had it, but in some of them a click does not give it to a button. A page that moved it elsewhere is left alone.
function returnFocus(dialog) {
  const tried = new Set();
  let opener = openers.get(dialog);
  while (opener && !opener.checkVisibility() && !tried.has(opener)) {
    tried.add(opener);
    opener = openers.get(opener.closest('dialog'));
  }
  if (focusLost()) opener?.focus();
}

function watch(dialog) {
  if (dialog.open) openers.set(dialog, pressed);
  else returnFocus(dialog);
  if (dialog.id === 'question') return;
  if (dialog.open && !open.has(dialog)) {
    const memory = new Memory(dialog);
    open.set(dialog, memory);
    settle();
    requestAnimationFrame(() => memory.learn());
  } else if (!dialog.open && open.delete(dialog)) {
    setTimeout(settle); // after the page's own handler, which may change the address or open another dialog
  }
}

function memoryOf(event) {
  return open.get(event.target.closest?.('dialog')) ?? kept.get(event.target.closest?.('[data-keep]'));
}

// drawers starts to watch the dialogs of the page.
export function drawers() {
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target instanceof HTMLDialogElement) watch(target);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['open'] });
  const click = (/** @type {Event} */ e) => {
    pressed = /** @type {Element} */ (e.target).closest('button, a, [tabindex]');
  };
  document.addEventListener('click', click, true);
  for (const root of document.querySelectorAll('[data-keep]')) kept.set(root, new Memory(root));
  document.addEventListener(
    'submit',
    (e) => {
      const form = /** @type {Element} */ (e.target);
      if (form.matches('[role=search]')) return;
      kept.get(form.closest('[data-keep]'))?.forget();
    },
    true,
  );
  document.addEventListener(unsent, (e) => {
    kept.get(/** @type {Element} */ (e.target).closest('[data-keep]'))?.remember();
  });
  document.addEventListener(filled, (e) => memoryOf(e)?.forget());
  for (const name of ['pointerdown', 'keydown', 'focusin']) {
    document.addEventListener(name, (e) => memoryOf(e)?.learn(), true);
  }
  for (const name of ['input', 'change']) {
    document.addEventListener(
      name,
      (e) => {
        const memory = memoryOf(e);
        if (memory) memory.touched = true;
      },
      true,
    );
  }
  // A browser closes a dialog at the second Escape even if the first was refused, so the key itself is handled, too.
  document.addEventListener('keydown', (e) => {
    const dialog = topmost();
    if (e.key !== 'Escape' || e.defaultPrevented || dialogNamed('question').open) return;
    if (!open.get(dialog)?.changed) return;
    e.preventDefault();
    leave(dialog);
  });
  document.addEventListener(
    'cancel',
    (e) => {
      if (!open.get(e.target)?.changed) return;
      e.preventDefault();
      leave(e.target);
    },
    true,
  );
  addEventListener('popstate', back);
  addEventListener('beforeunload', (e) => {
    if (!departure.begun && anyChanged()) e.preventDefault();
  });
}
