// Drives the real Pusher clients against two nodes. Arguments: the port of a balancer in front of both, the app's id, key
// and secret. Prints "restart" when the node behind the balancer shall be replaced, and "ok" at the end.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import Echo from 'laravel-echo'
import PusherServer from 'pusher'
import PusherClient from 'pusher-js'

const [port, appId, key, secret] = process.argv.slice(2)
const server = new PusherServer({
  appId, key, secret, host: '127.0.0.1', port, useTLS: false,
  encryptionMasterKeyBase64: randomBytes(32).toString('base64'),
})

const timeout = setTimeout(() => { console.error('timed out'); process.exit(1) }, 60_000)

// The server library signs, as the application's backend would.
function options(user) {
  return {
    wsHost: '127.0.0.1', wsPort: Number(port), forceTLS: false, enabledTransports: ['ws'], cluster: 'none',
    channelAuthorization: {
      customHandler({ channelName, socketId }, callback) {
        const member = channelName.startsWith('presence-') ? { user_id: user, user_info: { name: `Name of ${user}` } } : undefined
        callback(null, server.authorizeChannel(socketId, channelName, member))
      },
    },
    userAuthentication: {
      customHandler({ socketId }, callback) { callback(null, server.authenticateUser(socketId, { id: user })) },
    },
  }
}

const clients = []
function client(user) {
  const c = new PusherClient(key, options(user))
  clients.push(c)
  return c
}

const once = (target, name) => new Promise((resolve) => {
  const handler = (data) => { target.unbind(name, handler); resolve(data) }
  target.bind(name, handler)
})

async function subscribed(c, name) {
  const channel = c.subscribe(name)
  const answer = await Promise.race([
    once(channel, 'pusher:subscription_succeeded'),
    once(channel, 'pusher:subscription_error').then((e) => { throw new Error(`${name}: ${JSON.stringify(e)}`) }),
  ])
  return [channel, answer]
}

// Public, private and cache channels; the sender excluded.
{
  const a = client('a'), b = client('b')
  const [privateA] = await subscribed(a, 'private-branch.1')
  const [privateB] = await subscribed(b, 'private-branch.1')
  const [publicB] = await subscribed(b, 'news')
  const got = [once(privateA, 'attendance.recorded'), once(privateB, 'attendance.recorded')]
  await server.trigger('private-branch.1', 'attendance.recorded', { days: [{ id: 1, name: 'Ü "quoted"\n' }] })
  for (const event of await Promise.all(got)) assert.deepEqual(event, { days: [{ id: 1, name: 'Ü "quoted"\n' }] })

  let excluded = false
  privateA.bind('private-thought', () => { excluded = true })
  const other = once(privateB, 'private-thought')
  await server.trigger(['private-branch.1', 'news'], 'private-thought', 'text', { socket_id: a.connection.socket_id })
  assert.equal(await other, 'text')
  const batch = once(publicB, 'second')
  await server.triggerBatch([{ channel: 'news', name: 'first', data: 1 }, { channel: 'news', name: 'second', data: { n: 2 } }])
  assert.deepEqual(await batch, { n: 2 })
  assert.equal(excluded, false)

  await server.trigger('private-cache-state', 'state', { v: 1 })
  await server.trigger('private-cache-state', 'state', { v: 2 })
  const cached = b.subscribe('private-cache-state')
  assert.deepEqual(await once(cached, 'state'), { v: 2 })
  await once(b.subscribe('cache-empty'), 'pusher:cache_miss')
}

// End-to-end encryption passes through untouched.
{
  const c = client('c')
  const [channel] = await subscribed(c, 'private-encrypted-salaries')
  const got = once(channel, 'secret')
  await server.trigger('private-encrypted-salaries', 'secret', { amount: 42 })
  assert.deepEqual(await got, { amount: 42 })
}

// Presence, seen by pusher-js and by the server library.
{
  const a = client('1'), b = client('2')
  const [channel, members] = await subscribed(a, 'presence-dashboard')
  assert.equal(members.count, 1)
  assert.deepEqual(members.me, { id: '1', info: { name: 'Name of 1' } })
  const added = once(channel, 'pusher:member_added')
  const [, seen] = await subscribed(b, 'presence-dashboard')
  assert.equal(seen.count, 2)
  assert.deepEqual(await added, { id: '2', info: { name: 'Name of 2' } })
  const listed = await (await server.get({ path: '/channels', params: { filter_by_prefix: 'presence-', info: 'user_count' } })).json()
  assert.deepEqual(listed, { channels: { 'presence-dashboard': { user_count: 2 } } })
  const users = await (await server.get({ path: '/channels/presence-dashboard/users' })).json()
  assert.deepEqual(users, { users: [{ id: '1' }, { id: '2' }] })
  const removed = once(channel, 'pusher:member_removed')
  b.disconnect()
  assert.equal((await removed).id, '2')
  assert.equal(channel.members.count, 1)
}

// What is sent right after the sign-in arrives: the documents ask for no subscription.
{
  const c = client('u-6')
  const greeted = once(c.user, 'greeting')
  c.connection.bind('message', ({ event }) => {
    if (event === 'pusher:signin_success') server.sendToUser('u-6', 'greeting', { first: true })
  })
  c.signin()
  assert.deepEqual(await greeted, { first: true })
}

// What is asked about a cache channel.
{
  const cached = await (await server.get({ path: '/channels/private-cache-state', params: { info: 'cache' } })).json()
  assert.equal(cached.occupied, true)
  assert.equal(cached.cache.data, JSON.stringify({ v: 2 }))
  assert.ok(cached.cache.ttl > 0 && cached.cache.ttl <= 1800, JSON.stringify(cached))
}

// Signing in, events for a user, and the end of the user's connections.
{
  const c = client('u-7')
  c.signin()
  const greeted = once(c.user, 'greeting')
  const inTime = setInterval(() => server.sendToUser('u-7', 'greeting', { hello: true }), 50)
  assert.deepEqual(await greeted, { hello: true })
  clearInterval(inTime)
  const gone = once(c.connection, 'disconnected')
  await server.terminateUserConnections('u-7')
  await gone
  assert.equal(c.connection.state, 'disconnected', 'it does not come back')
}

// laravel-echo with whispers, which are client events.
{
  const make = (user) => new Echo({ broadcaster: 'pusher', key, client: client(user) })
  const a = make('10'), b = make('11')
  const here = await new Promise((resolve) => a.join('room').here(resolve))
  assert.deepEqual(here, [{ name: 'Name of 10' }])
  const joining = new Promise((resolve) => a.join('room').joining(resolve))
  const whispered = new Promise((resolve) => a.join('room').listenForWhisper('typing', resolve))
  const listened = new Promise((resolve) => a.private('branch.2').listen('.summary.refreshed', resolve))
  await new Promise((resolve) => b.join('room').here(resolve))
  assert.deepEqual(await joining, { name: 'Name of 11' })
  b.join('room').whisper('typing', { who: 11 })
  assert.deepEqual(await whispered, { who: 11 })
  const again = setInterval(() => server.trigger('private-branch.2', 'summary.refreshed', { present: 3 }), 50)
  assert.deepEqual(await listened, { present: 3 })
  clearInterval(again)
}

// A node that shuts down: the client comes back at once, by itself, with its subscriptions.
{
  const c = client('r')
  const [channel] = await subscribed(c, 'private-branch.3')
  const before = c.connection.socket_id
  const back = new Promise((resolve) => c.connection.bind('connected', () => {
    if (c.connection.socket_id !== before) resolve()
  }))
  const resubscribed = once(channel, 'pusher:subscription_succeeded')
  const began = Date.now()
  console.log('restart')
  await back
  await resubscribed
  assert.ok(Date.now() - began < 10_000, 'it came back without a pause')
  const got = once(channel, 'later')
  await server.trigger('private-branch.3', 'later', {})
  await got
}

// A wrong key ends the attempts for good.
{
  const c = new PusherClient('wrong-key', options('x'))
  const error = await once(c.connection, 'error')
  assert.equal(error.error?.data?.code ?? error.data?.code, 4001)
  await new Promise((resolve) => c.connection.state === 'disconnected' ? resolve() : c.connection.bind('disconnected', resolve))
}

for (const c of clients) c.disconnect()
clearTimeout(timeout)
console.log('ok')
process.exit(0)
