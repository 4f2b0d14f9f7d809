import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { expand } from '../build/markup.mjs';
import { areaWords, languages, pages, pageWords } from '../build/registry.mjs';
import { allWords, areas } from './words.js';

const root = join(import.meta.dirname, '..');
const all = allWords('id');
const read = (file) => readFile(join(root, file), 'utf8');

// Names that are put together from one part only, such as status.late, are all in use where their first part is.
const enumerations = ['direction', 'flag', 'leave', 'page', 'short', 'source', 'state', 'status', 'theme', 'why'];

// mentioned finds the texts that a source names, whole or put together: text(`status.${day.status}`).
function mentioned(source, file) {
  if (file.endsWith('.html')) return new Set(demanded(source));
  const found = new Set();
  for (const [, name] of source.matchAll(/['"]([a-z]\w*(?:\.\w+)+)['"]/gi)) if (name in all) found.add(name);
  for (const [, template] of source.matchAll(/`([a-z]\w*\.[\w.]*\$\{[^`\s]*[^`]*\}[\w.]*)`/gi)) {
    const parts = template.split(/\$\{.*?\}(?!\})/);
    const slot = /\..*\./.test(parts[0]) ? '[\\w.]+' : '\\w+'; // names of events have dots of their own
    const pattern = new RegExp(`^${parts.map((p) => p.replaceAll('.', '\\.')).join(slot)}$`);
    const names = Object.keys(all).filter((name) => pattern.test(name));
    if (names.length === 0) continue; // no text, but a channel or a file
    const whole = parts.length === 2 && parts[1] === '' && /^\w+\.\w*$/.test(parts[0]);
    assert.ok(!whole || enumerations.includes(parts[0].split('.')[0]), `${file}: ${template} may be anything`);
    for (const name of names) found.add(name);
  }
  return found;
}

// demanded finds the texts that a source asks for by name, whether they exist or not.
function demanded(source) {
  return [...source.matchAll(/x-t="([^"]+)"|\btext(?:Or)?\(\s*'([^']+)'/g)].map(([, a, b]) => a ?? b);
}

// sources are what is read for texts: file → source. Those of pages have their partials in place.
const everywhere = ['src/layout.html', 'src/dialogs.html', 'src/away.html'];
const sources = new Map([
  [everywhere[0], await read(everywhere[0])],
  [everywhere[1], expand(await read(everywhere[1]))],
  [everywhere[2], await read(everywhere[2])],
]);
for (const { name } of pages) sources.set(`src/pages/${name}.html`, expand(await read(`src/pages/${name}.html`)));

// modules are the scripts that each page loads, at once or later.
const modules = new Map();
for (const { name } of pages) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`src/js/pages/${name}.js`],
    bundle: true,
    write: false,
    format: 'esm',
    splitting: true,
    outdir: 'out',
    metafile: true,
  });
  const own = Object.keys(metafile.inputs).filter((f) => f.startsWith('src/js/'));
  modules.set(name, own);
  for (const f of own) if (!sources.has(f)) sources.set(f, await read(f));
}

test('both languages say the same things', async () => {
  for (const language of languages) {
    const files = await readdir(join(root, 'src/words', language));
    assert.deepEqual(files.sort(), areas.map((a) => `${a}.json`).sort(), language);
  }
  const slots = (form) =>
    [
      ...new Set(
        [form]
          .flat()
          .join(' ')
          .match(/\{\w+\}/g) ?? [],
      ),
    ].sort();
  for (const area of areas) {
    const [id, en] = languages.map((language) => areaWords(language, area));
    assert.deepEqual(Object.keys(id), Object.keys(en), `${area}: the same texts in the same order`);
    for (const [name, form] of Object.entries(id)) {
      assert.deepEqual(slots(form), slots(en[name]), name);
      for (const f of [form, en[name]].flat()) assert.ok(typeof f === 'string' && f.trim(), name);
    }
  }
  for (const { name, title } of pages) assert.deepEqual(Object.keys(title), languages, name);
});

// Ways of signing in have one name each, so that people find on one page what another one names: two-step verification,
// which takes a verification code of the authenticator app, a recovery code, or a passkey.
const otherNames = {
  id: /langkah kedua|faktor kedua|kode aplikasi|(?<!verifikasi )dua langkah|aplikasi(?! autentikator)/i,
  en: /second (?:step|factor)|(?<!authenticator )\bapp\b|codes? of the app|one-time code/i,
};

test('ways of signing in have one name each', () => {
  for (const language of languages) {
    const texts = Object.entries(allWords(language)).filter(([name]) =>
      /^(factor|passkey|signIn|confirm|reset|users)\./.test(name),
    );
    for (const [name, form] of texts)
      assert.doesNotMatch([form].flat().join(' '), otherNames[language], `${language} ${name}`);
  }
});

test('every text is in one area, and every text that is asked for exists', () => {
  const seen = new Map();
  for (const area of areas) {
    for (const name of Object.keys(areaWords('id', area))) {
      assert.ok(!seen.has(name), `${name}: ${seen.get(name)} and ${area}`);
      seen.set(name, area);
    }
  }
  for (const [file, source] of sources) {
    for (const name of demanded(source)) assert.ok(name in all, `${file}: ${name}`);
  }
});

test('no text is without use', () => {
  const used = new Set(pages.map((p) => `page.${p.name}`));
  for (const [file, source] of sources) for (const name of mentioned(source, file)) used.add(name);
  assert.deepEqual(
    Object.keys(all).filter((name) => !used.has(name)),
    [],
  );
});

test('a page loads the areas that it uses, and no others', () => {
  const missing = [];
  for (const page of pages) {
    const words = pageWords(page, 'id');
    const used = new Set();
    const files = [`src/pages/${page.name}.html`, ...everywhere, ...modules.get(page.name)];
    for (const file of files) {
      for (const name of mentioned(sources.get(file), file)) {
        if (!(name in words)) missing.push(`${page.name}: ${name} of ${relative('src', file)}`);
        used.add(name);
      }
    }
    for (const area of page.words) {
      assert.ok(
        Object.keys(areaWords('id', area)).some((name) => used.has(name)),
        `${page.name} loads ${area} for nothing`,
      );
    }
  }
  assert.deepEqual(missing, []);
});

test('the markup has no inline style or script', () => {
  for (const [file, source] of sources) {
    if (!file.endsWith('.html')) continue;
    assert.doesNotMatch(
      source,
      /\sstyle=|<script(?! (?:type="module" src="\{\{script\}\}"|src="\{\{first\}\}"))|\son\w+=/,
      `${file}: the policy allows none`,
    );
  }
});
