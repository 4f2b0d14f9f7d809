import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newer } from '../src/js/import_news.js';

const at = (state, created, more = {}) => ({ id: 1, state, created, updated: 0, unchanged: 0, rejected: 0, ...more });

test('news of an import that overtook one another never lead back', () => {
  for (const [known, news, want] of [
    [at('queued', 0), at('running', 1000), 1000],
    [at('running', 2000), at('running', 1000), 2000],
    [at('done', 2000), at('running', 1000), 2000],
    [at('running', 1000), at('done', 2000), 2000],
    [at('running', 1000), at('running', 5000, { id: 2 }), 1000],
    [at('failed', 1000, { reason: 'stopped' }), at('running', 2000), 2000],
    [at('failed', 1000, { reason: 'forbidden' }), at('running', 2000), 1000],
  ])
    assert.equal(newer(known, news).created, want, JSON.stringify([known, news]));
  assert.equal(newer(at('failed', 1, { reason: 'stopped' }), at('done', 2)).reason, '');
});
