import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actions } from '../src/js/audited.js';
import { allWords } from './words.js';

test('every kind of action that the page has a word for is offered', () => {
  const nouns = Object.keys(allWords('id'))
    .filter((name) => name.startsWith('audit.noun.'))
    .map((name) => `${name.slice('audit.noun.'.length)}.`);
  assert.deepEqual(nouns.filter((noun) => !actions.includes(noun)).sort(), []);
});
