import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { expand } from '../build/markup.mjs';
import { pages } from '../build/registry.mjs';

const root = join(import.meta.dirname, '../src');
const read = (file) => ({ file, text: readFileSync(join(root, file), 'utf8') });
const { elementAttributes } = createRequire(import.meta.url)('posthtml-component/src/valid-attributes.js');
const passed = new Set([...Object.values(elementAttributes).flat(), 'override:class']);

const layout = read('layout.html');
const dialogs = read('dialogs.html');
const sources = [
  ...['pages', 'partials'].flatMap((folder) => readdirSync(join(root, folder)).map((f) => read(`${folder}/${f}`))),
  dialogs,
];
const partials = sources.filter(({ file }) => file.startsWith('partials/'));
const nameOf = ({ file }) => file.replace(/^partials\/|\.html$/g, '');

// uses are the places where partials stand: which, where, and with which attributes.
const uses = sources.flatMap(({ file, text }) =>
  [...text.matchAll(/<ui-([\w-]+)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*\/?>/g)].map(([, name, rest]) => ({
    file,
    name,
    attributes: [...rest.matchAll(/([^\s=]+)(?:="[^"]*")?/g)].map(([, a]) => a),
  })),
);

test('a partial is there because its markup occurs more than once', () => {
  const rare = partials.map(nameOf).filter((name) => uses.filter((u) => u.name === name).length < 2);
  assert.deepEqual(rare, []);
});

test('what is given to a partial arrives: it asks for it, or its element may have it', () => {
  const asked = new Map(
    partials.map((p) => [nameOf(p), new Set([...p.text.matchAll(/props(?:\.|\[")([\w-]+)/g)].map(([, name]) => name))]),
  );
  for (const { file, name, attributes } of uses) {
    for (const a of attributes) {
      assert.ok(/^(?:x|data|aria)-/.test(a) || asked.get(name)?.has(a) || passed.has(a), `${file}: ${a} of ui-${name}`);
    }
  }
});

test('a partial that is not there, and one that is not given what it needs, stop the build', () => {
  assert.throws(() => expand('<ui-nothing />'));
  assert.throws(() => expand('<ui-empty />'));
  assert.match(expand('<ui-empty text="ui.none" />'), /<p class="card empty"[^>]* x-t="ui.none"><\/p>/);
});

test('who is signed in has the menu on every page', () => {
  for (const { name } of pages.filter((p) => !p.public)) {
    assert.ok(
      uses.some((u) => u.file === `pages/${name}.html` && u.name === 'header'),
      name,
    );
  }
});

test('comments of the sources are not carried to phones', () => {
  for (const { file, text } of sources)
    if (!file.startsWith('partials/')) assert.doesNotMatch(expand(text), /<!--|\{\{/, file);
});

test('lines of markup can be read', () => {
  for (const { file, text } of [...sources, layout]) {
    const long = text.split('\n').findIndex((line) => line.length > 200);
    assert.equal(long, -1, `${file}:${long + 1} is longer than 200`);
  }
});

// codeOf is the code of a module and of all that it imports from the sources.
function codeOf(file, seen = new Map()) {
  if (seen.has(file)) return seen;
  const code = readFileSync(file, 'utf8');
  seen.set(file, code);
  for (const [, path] of code.matchAll(/(?:from |import\()'(\.[^']+\.js)'/g)) codeOf(join(file, '..', path), seen);
  return seen;
}

test('what a page does on an event is there', () => {
  for (const { name } of pages) {
    const code = [...codeOf(join(root, `js/pages/${name}.js`)).values()].join('\n');
    const text = layout.text + expand(dialogs.text) + expand(read(`pages/${name}.html`).text);
    for (const [, handler] of text.matchAll(/ x-on:[\w:.-]+="(?:\w+\.)*(\w+)"/g)) {
      assert.match(code, new RegExp(`^\\s+(?:async )?${handler}(?:\\(|:|,$)`, 'm'), `${name}: ${handler}`);
    }
  }
});

test('a page says what went wrong with every list that it reads', () => {
  for (const { name } of pages) {
    const code = codeOf(join(root, `js/pages/${name}.js`));
    code.delete(join(root, 'js/list.js'));
    // What a dialog says went wrong is not about a list.
    const text = expand(read(`pages/${name}.html`).text).replace(/<dialog[\s\S]*?<\/dialog>/g, '');
    for (const [, part] of [...code.values()].join('\n').matchAll(/(?:(\w+): )?\blist\(\{/g)) {
      const problem = part ? `${part}.problem` : 'problem';
      assert.ok(text.includes(` x-text="${problem}"`), `${name}: ${problem}`);
    }
  }
});
