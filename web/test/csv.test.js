import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { csv, inert } from '../src/js/csv.js';

const cases = JSON.parse(readFileSync(new URL('../../internal/csvfile/testdata/cells.json', import.meta.url), 'utf8'));

test('a text is no formula, as on the server', () => {
  assert.ok(cases.length > 30);
  for (const [text, want] of cases) assert.equal(inert(text), want, JSON.stringify(text));
});

test('every cell is quoted and inert', () => {
  assert.equal(
    csv([
      ['a', '="x"'],
      ['Budi;=1+1', 1],
    ]),
    '\uFEFF"a","\'=""x"""\r\n"Budi;\'=1+1","1"\r\n',
  );
});
