import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { confirmation, get, reach, request, within } from '../src/js/http.js';

const { fetch } = globalThis;
const { timeout } = AbortSignal;
let late = new AbortController(); // what the time limits of the test hang on
let limits = [];

beforeEach(() => {
  late = new AbortController();
  limits = [];
  AbortSignal.timeout = (ms) => {
    limits.push(ms);
    return late.signal;
  };
  reach.ok = true;
});
afterEach(() => Object.assign(globalThis, { fetch }) && Object.assign(AbortSignal, { timeout }));

const runOut = () => late.abort(new DOMException('late', 'TimeoutError'));

// silent is a server, or a network, that died without a word.
/** @type {typeof globalThis.fetch} */
const silent = (_, init) =>
  new Promise((_resolve, reject) => {
    const signal = init?.signal;
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

test('a page stops waiting for what it reads, and calls it the network', async () => {
  globalThis.fetch = silent;
  const reading = get('/api/me');
  runOut();
  await assert.rejects(reading, { status: 0, code: 'network' });
  assert.deepEqual(limits, [15_000]);
  assert.equal(reach.ok, false);
});

test('half of an answer is none', async () => {
  globalThis.fetch = async () =>
    new Response(new ReadableStream({ start: (c) => c.error(new TypeError('cut')) }), {
      headers: { 'Content-Type': 'application/json' },
    });
  await assert.rejects(get('/api/me'), { status: 0, code: 'network' });
});

test('what the page gives up itself is no error of the network, and what it sends has no limit', async () => {
  globalThis.fetch = silent;
  const mine = new AbortController();
  const reading = get('/api/me', { signal: mine.signal });
  mine.abort();
  await assert.rejects(reading, { name: 'AbortError' });
  assert.equal(reach.ok, true);
  globalThis.fetch = async () => new Response(null, { status: 204 });
  await request('POST', '/api/me/password', { body: { current: 'a', new: 'b' } });
  assert.deepEqual(limits, [15_000]);
});

test('a browser that calls what took too long aborted says no more than that it is the network', async () => {
  globalThis.fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      const give = () => reject(new DOMException('aborted', 'AbortError'));
      if (init?.signal?.aborted) give();
      init?.signal?.addEventListener('abort', give);
    });
  const reading = get('/api/me');
  runOut();
  await assert.rejects(reading, { code: 'network' });
  const leaving = request('POST', '/api/logout', { stay: true, signal: AbortSignal.timeout(1) });
  await assert.rejects(leaving, { code: 'network' });
});

test('a signal of two ends with the first of them, also one that has ended already', () => {
  const mine = new AbortController();
  const both = within(1, mine.signal);
  assert.equal(both.aborted, false);
  mine.abort('mine');
  assert.equal(both.reason, 'mine');
  runOut();
  assert.equal(both.reason, 'mine');
  assert.equal(within(1, mine.signal).aborted, true);
  assert.equal(within(1).reason.name, 'TimeoutError');
});

// guarded is a server that wants a confirmation until there is one; it tells what it was sent.
function guarded() {
  const server = { confirmed: false, sent: /** @type {any[]} */ ([]), done: 0 };
  globalThis.fetch = async (_, asked) => {
    server.sent.push(asked);
    const ok = server.confirmed;
    if (ok) server.done++;
    return new Response(JSON.stringify(ok ? { id: 7 } : { code: 'confirmation_required', detail: 'first' }), {
      status: ok ? 201 : 403,
      headers: { 'Content-Type': 'application/json' },
    });
  };
  return server;
}
const made = { body: { login: 'x', name: 'X', role: 'ops', locale: 'id' }, headers: { 'Idempotency-Key': 'one' } };

test('what needs a confirmation is sent again as it was, once there is one', async () => {
  const server = guarded();
  let asked = 0;
  confirmation.ask = async () => {
    asked++;
    server.confirmed = true;
    return true;
  };
  const { data } = await request('POST', '/api/users', made);
  assert.deepEqual(data, { id: 7 });
  assert.deepEqual([asked, server.sent.length, server.done], [1, 2, 1]);
  assert.deepEqual(server.sent[1].headers, server.sent[0].headers);
  assert.equal(server.sent[1].headers['Idempotency-Key'], 'one');
  assert.equal(server.sent[1].body, server.sent[0].body);
});

test('who does not confirm gets the problem, and who confirms in vain is not asked for ever', async () => {
  const server = guarded();
  confirmation.ask = async () => false;
  await assert.rejects(request('POST', '/api/users', made), { code: 'confirmation_required', message: 'first' });
  assert.equal(server.sent.length, 1);
  confirmation.ask = async () => true;
  await assert.rejects(request('POST', '/api/users', made), { code: 'confirmation_required' });
  assert.equal(server.sent.length, 3);
});
