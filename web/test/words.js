import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { areaWords, languages, titleWords } from '../build/registry.mjs';
import { learn } from '../src/js/language.js';

// areas are the names of all areas of words.
export const areas = readdirSync(join(import.meta.dirname, '../src/words/id')).map((f) => f.replace(/\.json$/, ''));

// allWords are all texts in one language.
export function allWords(language) {
  return Object.assign({}, titleWords(language), ...areas.map((area) => areaWords(language, area)));
}

// speak gives the code under test every text in every language.
export function speak() {
  for (const language of languages) learn(language, allWords(language));
}
