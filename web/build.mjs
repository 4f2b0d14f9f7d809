// Builds the pages into dist/: bundles with hashed names, one HTML file a page, and compressed copies of both.
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const pages = {
  beranda: 'Beranda',
  dasbor: 'Dasbor',
  riwayat: 'Riwayat',
  masuk: 'Masuk',
  mulai: 'Mulai',
  izin: 'Izin',
  koreksi: 'Koreksi',
  karyawan: 'Karyawan',
  pengguna: 'Pengguna',
  audit: 'Audit',
  operasi: 'Operasi',
  laporan: 'Laporan',
  webhook: 'Webhook',
  cabang: 'Cabang',
  libur: 'Libur',
  shift: 'Shift',
  komponen: 'Komponen',
};

async function clean() {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (name !== '.gitkeep') await rm(join(dist, name), { recursive: true });
  }
  await mkdir(join(dist, 'assets'));
}

async function scripts() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.keys(pages).map((p) => [p, `src/js/pages/${p}.js`])),
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: ['es2022'],
    metafile: true,
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
    chunkNames: 'shared-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
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

// The script that runs before anything is drawn is no module, since those wait.
async function first() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: ['src/js/first.js'],
    bundle: true,
    format: 'iife',
    minify: true,
    target: ['es2022'],
    metafile: true,
    outdir: 'dist/assets',
    entryNames: '[name]-[hash]',
  });
  return `/${Object.keys(result.metafile.outputs)[0].replace(/^dist\//, '')}`;
}

// The service worker knows the files of the pages that open without network, and is replaced when one of them changes.
async function worker(entries, css, firstScript) {
  const assets = [
    '/',
    '/masuk',
    '/favicon.svg',
    '/manifest.webmanifest',
    css,
    firstScript,
    ...new Set(['beranda', 'masuk'].flatMap((p) => [entries[p].script, ...entries[p].preload])),
  ];
  const hash = createHash('sha256').update(JSON.stringify(assets));
  for (const p of ['beranda', 'masuk']) hash.update(await readFile(join(dist, `${p}.html`)));
  const version = hash.digest('hex').slice(0, 8);
  await build({
    absWorkingDir: root,
    entryPoints: ['src/js/sw.js'],
    bundle: true,
    format: 'iife',
    minify: true,
    target: ['es2022'],
    outfile: 'dist/sw.js',
    define: { ASSETS: JSON.stringify(assets), VERSION: JSON.stringify(version) },
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
  const name = `/assets/app-${createHash('sha256').update(css).digest('hex').slice(0, 8)}.css`;
  await writeFile(join(dist, name), css);
  return name;
}

async function html(entries, css, firstScript) {
  const layout = await readFile(join(root, 'src/layout.html'), 'utf8');
  const header = await readFile(join(root, 'src/header.html'), 'utf8');
  for (const [page, title] of Object.entries(pages)) {
    const body = await readFile(join(root, `src/pages/${page}.html`), 'utf8');
    const { script, preload } = entries[page];
    const links = preload.map((p) => `<link rel="modulepreload" href="${p}">`).join('\n');
    // Nothing is shown that would not work yet: a button before its script takes a tap and does nothing. The door's form keeps
    // what was typed.
    const main = page === 'masuk' ? body : body.replace('<main id="isi"', '<main id="isi" x-cloak');
    const filled = { title, css, first: firstScript, script, links, body: main.replace('<!-- header -->', header) };
    await writeFile(
      join(dist, `${page}.html`),
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
    if (!['.html', '.js', '.css', '.svg', '.webmanifest'].includes(extname(path))) continue;
    const plain = await readFile(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(plain, { params }));
    await writeFile(`${path}.gz`, await promisify(gzip)(plain, { level: 9 }));
  }
}

await clean();
const [entries, css, firstScript] = await Promise.all([scripts(), styles(), first()]);
await html(entries, css, firstScript);
await worker(entries, css, firstScript);
await cp(join(root, 'src/public'), dist, { recursive: true });
await compress(dist);
