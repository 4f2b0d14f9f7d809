import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preferred } from '../src/js/preferred.js';

function device(kept, languages) {
  return { document: {}, navigator: { languages }, localStorage: { getItem: () => kept } };
}

test('a page begins in the language of the device, then of the browser, then in Indonesian', () => {
  assert.equal(preferred(device('en', ['id-ID'])), 'en');
  assert.equal(preferred(device('id', ['en-GB'])), 'id');
  assert.equal(preferred(device(null, ['en-GB', 'id'])), 'en');
  assert.equal(preferred(device(null, ['jv', 'id-ID', 'en'])), 'id');
  assert.equal(preferred(device(null, ['fr', 'de'])), 'id');
  assert.equal(preferred(device('xx', undefined)), 'id');
  assert.equal(preferred({ document: {}, navigator: { languages: ['en'] } }), 'en', 'without storage');
  assert.equal(preferred({}), 'id', 'without a page');
});
