import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { words } from '../src/js/words.js';

test('both languages say the same things', () => {
  assert.deepEqual(Object.keys(words.id).sort(), Object.keys(words.en).sort());
  for (const [name, form] of Object.entries(words.id)) {
    const slots = (f) =>
      [
        ...new Set(
          [f]
            .flat()
            .join(' ')
            .match(/\{\w+\}/g) ?? [],
        ),
      ].sort();
    assert.deepEqual(slots(form), slots(words.en[name]), name);
  }
});

test('every text of the markup exists, and none is inline', async () => {
  const folder = new URL('../src/', import.meta.url);
  const files = ['layout.html', 'header.html', ...(await readdir(new URL('pages/', folder))).map((f) => `pages/${f}`)];
  let used = 0;
  for (const file of files) {
    const html = await readFile(new URL(file, folder), 'utf8');
    for (const [, name] of html.matchAll(/x-t="([^"]+)"/g)) {
      assert.ok(name in words.id, `${file}: ${name}`);
      used += 1;
    }
    assert.doesNotMatch(
      html,
      /\sstyle=|<script(?! (?:type="module" src="\{\{script\}\}"|src="\{\{first\}\}"))|\son\w+=/,
      `${file}: the policy allows no inline style or script`,
    );
  }
  assert.ok(used > 50);
});
