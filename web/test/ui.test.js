import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { copied, focusWrong } from '../src/js/ui.js';

const before = { document: globalThis.document, getSelection: globalThis.getSelection };
afterEach(() => Object.assign(globalThis, before));

// element is one of a page, shown, with the controls that it holds; it counts how often it got the focus.
function element(tag, controls = []) {
  const e = { focused: 0, offsetParent: {}, matches: (s) => s.split(', ').includes(tag) };
  return Object.assign(e, { focus: () => (e.focused += 1), querySelector: () => controls[0] ?? null });
}

function page(...invalid) {
  globalThis.document = /** @type {any} */ ({ querySelectorAll: () => invalid });
}

test('the focus moves to the first control that is wrong, and into a group of them', () => {
  const [name, box] = [element('input'), element('input')];
  page(name);
  assert.equal(focusWrong('form'), true);
  assert.equal(name.focused, 1);
  page({ ...element('input'), offsetParent: null }, element('fieldset', [box]), name);
  assert.equal(focusWrong('form'), true);
  assert.deepEqual([box.focused, name.focused], [1, 1]);
  page(element('fieldset'));
  assert.equal(focusWrong('form'), true, 'nothing to focus, but its sentence is shown');
  page();
  assert.equal(focusWrong('form'), false);
});

test('where there is no clipboard the text is marked', async () => {
  const marked = [];
  page('the text');
  globalThis.getSelection = /** @type {any} */ (() => ({ selectAllChildren: (e) => marked.push(e) }));
  assert.equal(await copied('secret', '[data-test="secret"]'), false);
  assert.deepEqual(marked, ['the text']);
});
