// Builds the pages into dist/: bundles and words with hashed names, one HTML file a page, what the server needs of the
// list of pages, and compressed copies.
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { expand } from './build/markup.mjs';
import { forBrowser, forServer, languages, pages, pageWords } from './build/registry.mjs';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const common = { absWorkingDir: root, bundle: true, minify: true, target: ['es2022'] };

const hashOf = (content) => createHash('sha256').update(content).digest('hex').slice(0, 8);

async function clean() {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (name !== '.gitkeep') await rm(join(dist, name), { recursive: true });
  }
  await mkdir(join(dist, 'assets'));
}

// Scripts get only the fields of pages.json that they use. The rest would be sent to every phone.
const registry = {
  name: 'registry',
  setup({ onLoad }) {
    onLoad({ filter: /\/pages\.json$/ }, () => ({ contents: JSON.stringify(forBrowser), loader: 'json' }));
  },
};

// Alpine parses an expression each time it is evaluated: dozens of times for each row that is drawn. What parsing makes
// depends on nothing but the text, so one of each is kept.
const parsedOnce = {
  name: 'parsed-once',
  setup({ onLoad }) {
    onLoad({ filter: /\/@alpinejs\/csp\/dist\/module\.esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const parse = 'generateRuntimeFunction';
      if (source.split(`function ${parse}(expression) {`).length !== 2)
        throw new Error(`Alpine has no ${parse} any more`);
      const kept = `const runtimeFunctions = new Map();
        function ${parse}(expression) {
          if (!runtimeFunctions.has(expression)) runtimeFunctions.set(expression, parseOnce(expression));
          return runtimeFunctions.get(expression);
        }`;
      return { contents: source.replace(`function ${parse}(`, () => `${kept}\nfunction parseOnce(`), loader: 'js' };
    });
  },
};

async function scripts() {
  const result = await build({
    ...common,
    entryPoints: Object.fromEntries(pages.map((p) => [p.name, `src/js/pages/${p.name}.js`])),
    splitting: true,
    format: 'esm',
    metafile: true,
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [registry, parsedOnce],
  });
  const entries = {};
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    const match = output.entryPoint?.match(/pages\/(\w+)\.js$/);
    if (!match) continue;
    const imports = output.imports.filter((i) => i.kind === 'import-statement').map((i) => i.path);
    entries[match[1]] = { script: file.replace(/^dist/, ''), preload: imports.map((i) => i.replace(/^dist/, '')) };
  }
  return entries;
}

// words writes what each page says, one file a language, and returns their addresses: page → language → address.
async function words() {
  const addresses = {};
  for (const page of pages) {
    addresses[page.name] = {};
    for (const language of languages) {
      const content = JSON.stringify(pageWords(page, language));
      const address = `/assets/${page.name}-${language}-${hashOf(content)}.json`;
      await writeFile(join(dist, address), content);
      addresses[page.name][language] = address;
    }
  }
  return addresses;
}

// The script that runs before anything is drawn is not a module, since modules run later.
async function first() {
  const result = await build({
    ...common,
    entryPoints: ['src/js/first.js'],
    format: 'iife',
    metafile: true,
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
  });
  return `/${Object.keys(result.metafile.outputs)[0].replace(/^dist\//, '')}`;
}

// The service worker knows the files of the pages that open without network, with their texts in every language, since
// people can change it there, too. For the others it has a page that waits for the server at their address. A browser
// replaces the worker when one of these files changes.
async function worker(built) {
  const { entries, texts, css, firstScript } = built;
  const offline = pages.filter((p) => p.offline);
  const assets = [
    ...offline.map((p) => p.path),
    '/favicon.svg',
    '/manifest.webmanifest',
    css,
    firstScript,
    ...new Set(offline.flatMap(({ name }) => [entries[name].script, ...entries[name].preload])),
    ...offline.flatMap(({ name }) => Object.values(texts[name])),
  ];
  const html = await Promise.all(offline.map((p) => readFile(join(dist, `${p.name}.html`), 'utf8')));
  await build({
    ...common,
    entryPoints: ['src/js/sw.js'],
    format: 'iife',
    outfile: 'dist/sw.js',
    define: {
      ASSETS: JSON.stringify(assets),
      PAGES: JSON.stringify(offline.map((p) => p.path)),
      LISTED: JSON.stringify(pages.map((p) => p.path)),
      STAND_IN: JSON.stringify(standIn(built.layout, built)),
      VERSION: JSON.stringify(hashOf(JSON.stringify([assets, html]))),
    },
  });
}

async function styles() {
  const dir = await mkdtemp(join(tmpdir(), 'hadir-css-'));
  const out = join(dir, 'app.css');
  await promisify(execFile)(
    join(root, 'node_modules/.bin/tailwindcss'),
    ['-i', 'src/css/app.css', '-o', out, '--minify'],
    { cwd: root },
  );
  const css = await readFile(out);
  await rm(dir, { recursive: true });
  const name = `/assets/app-${hashOf(css)}.css`;
  await writeFile(join(dist, name), css);
  return name;
}

// worded puts a page's texts into its markup, the Indonesian ones as a rule. A page that is shown before its script has
// the texts has its final size from the start.
function worded(page, markup, language = 'id') {
  const texts = pageWords(page, language);
  const escaped = (text) => text.replace(/[&<]/g, (c) => ({ '&': '&amp;', '<': '&lt;' })[c]);
  return markup.replace(
    /(<(\w+)[^>]*\sx-t="([^"]+)"[^>]*>)(?=<\/\2>)/g,
    (_, tag, _name, key) => tag + escaped(texts[key]),
  );
}

// away is what a page says while it cannot begin, in every language: what is missing may be the words.
async function away() {
  const markup = (await readFile(join(root, 'src/away.html'), 'utf8')).replace(/<!--.*?-->/gs, '');
  const said = (language) => worded(pages[0], markup, language).replace(/\sx-t="[^"]+"/g, '');
  return languages.map((l) => `<div lang="${l}">${said(l)}</div>`).join('');
}

// standIn is the page that the service worker shows at the address of one that could not be fetched.
function standIn(layout, { css, firstScript, said }) {
  const [opening] = layout.match(/<body[^>]*>/);
  const box = layout.match(/<section id="away".*?<\/section>/s)[0].replace('{{away}}', said);
  return `<!doctype html><html lang="id" data-away><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Hadir</title><script src="${firstScript}"></script><link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${css}"></head>${opening}${box}</body></html>`;
}

async function html({ entries, texts, css, firstScript, layout, said }) {
  const dialogs = expand(await readFile(join(root, 'src/dialogs.html'), 'utf8'));
  for (const page of pages) {
    const { name, title } = page;
    const body = expand(await readFile(join(root, `src/pages/${name}.html`), 'utf8'));
    const { script, preload } = entries[name];
    const links = preload.map((p) => `<link rel="modulepreload" href="${p}">`).join('\n');
    // Nothing is shown before it works: a button without its script would take a tap and do nothing. The sign-in page
    // is an exception, because its form keeps what was typed.
    const main = name === 'masuk' ? worded(page, body) : body.replace('<main id="isi"', '<main id="isi" x-cloak');
    const filled = {
      title: title.id,
      page: name,
      manifest: page.manifest ?? '/manifest.webmanifest',
      words: languages.map((l) => `data-words-${l}="${texts[name][l]}"`).join(' '),
      css,
      first: firstScript,
      script,
      links,
      body: main,
      dialogs,
      away: said,
    };
    await writeFile(
      join(dist, `${name}.html`),
      layout.replace(/\{\{(\w+)\}\}/g, (_, key) => filled[key]),
    );
  }
}

async function compress(dir) {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      await compress(path);
      continue;
    }
    if (!['.html', '.js', '.json', '.css', '.svg', '.webmanifest'].includes(extname(path))) continue;
    const plain = await readFile(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(plain, { params }));
    await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
  }
}

await clean();
const [entries, texts, css, firstScript] = await Promise.all([scripts(), words(), styles(), first()]);
const layout = await readFile(join(root, 'src/layout.html'), 'utf8');
const built = { entries, texts, css, firstScript, layout, said: await away() };
await html(built);
await worker(built);
await cp(join(root, 'src/public'), dist, { recursive: true });
await compress(dist);
await writeFile(join(dist, 'pages.json'), JSON.stringify(forServer));
