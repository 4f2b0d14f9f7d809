import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory, valueOf } from '../src/js/drawers.js';

const shown = { checkVisibility: () => true, closest: () => null };
const control = (value, rest = {}) => ({ type: 'text', value, ...shown, ...rest });

function memory(...list) {
  return new Memory({ querySelectorAll: () => list, getAttribute: () => null });
}

test('what a control holds', () => {
  assert.equal(valueOf(control('x')), 'x');
  assert.equal(valueOf(control('on', { type: 'checkbox', checked: false })), false);
  assert.equal(valueOf(control('C:\\fakepath\\a.csv', { type: 'file', files: [{}] })), 1);
});

test('a form that nobody touched is not changed, however it was filled', () => {
  const name = control('');
  const m = memory(name);
  name.value = 'filled by the page';
  assert.equal(m.changed, false);
  m.learn();
  m.touched = true;
  assert.equal(m.changed, false);
  name.value = 'typed';
  assert.equal(m.changed, true);
  m.learn(); // too late
  assert.equal(m.changed, true);
  name.value = 'filled by the page';
  assert.equal(m.changed, false, 'put back');
});

test('what was sent is not lost; what chooses rows is no loss', () => {
  const [name, filter] = [control(''), control('', { closest: (s) => s === '[role=search]' })];
  const m = memory(name, filter);
  m.touched = true;
  filter.value = 'JKT';
  assert.equal(m.changed, false);
  name.value = 'typed';
  assert.equal(m.changed, true);
  m.forget();
  assert.equal(m.changed, false);
});

test('what is no longer shown was dealt with; what was added counts once it says something', () => {
  const list = [control('')];
  const m = memory(...list);
  m.root.querySelectorAll = () => list;
  m.touched = true;
  list.push(control(''), control('', { type: 'checkbox', checked: true }));
  assert.equal(m.changed, false);
  list[1].value = 'typed';
  assert.equal(m.changed, true);
  list[1].checkVisibility = () => false;
  assert.equal(m.changed, false);
});

test('a dialog that says what would be lost asks just that, touched or not', () => {
  const m = memory();
  m.root.getAttribute = (name) => (name === 'data-unsaved' ? 'Without the passwords?' : null);
  assert.equal(m.changed, true);
  assert.equal(m.question, 'Without the passwords?');
});

test('a dialog whose fields are not worth a question never asks', () => {
  const password = control('');
  const m = memory(password);
  m.touched = true;
  password.value = 'x';
  assert.equal(m.changed, true);
  m.root.getAttribute = (name) => (name === 'data-passing' ? '' : null);
  assert.equal(m.changed, false);
});
