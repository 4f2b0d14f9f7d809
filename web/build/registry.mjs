// What the build and the tests know about pages.json, the one list of the pages, and about the texts that each page
// loads.
//
// An entry has a name (of src/pages/<name>.html and src/js/pages/<name>.js), a path (in which :id stands for any
// number), a title by language, and words (areas of src/words/<language>/, besides common). Optional are menu (role →
// main, data or own, in the order of the list; a role that is not in it may not open the page), roles (who may open a
// page that is in no menu, if not everybody), person (only for users who are employees, too), public (without sign-in),
// offline (opens without network), demo (served with demo data only) and manifest (by which the page is installed, if
// it is not that of the program).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));

export const languages = ['id', 'en'];

export const pages = read('pages.json');

// areaWords are the texts of one area in one language.
export function areaWords(language, area) {
  return read(`src/words/${language}/${area}.json`);
}

// titleWords are the names of all pages, which menus and headings show.
export function titleWords(language) {
  return Object.fromEntries(pages.map((p) => [`page.${p.name}`, p.title[language]]));
}

// pageWords are all texts that a page loads in one language.
export function pageWords(page, language) {
  const words = titleWords(language);
  for (const area of ['common', ...page.words]) {
    for (const [name, form] of Object.entries(areaWords(language, area))) {
      if (name in words) throw new Error(`${name} is in two areas of ${page.name}`);
      words[name] = form;
    }
  }
  return words;
}

// forBrowser is the part of the list that scripts need, forServer the part that the server needs.
export const forBrowser = pages.map((p) => ({
  name: p.name,
  path: p.path,
  menu: p.menu,
  roles: p.roles,
  person: p.person,
  public: p.public,
}));
export const forServer = pages.map(({ name, path, demo }) => ({ path, file: `${name}.html`, demo: Boolean(demo) }));
