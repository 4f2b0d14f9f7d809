import Echo from 'laravel-echo';
import Pusher from 'pusher-js';
import { batched } from './authorise.js';
import { device } from './device.js';
import { get, otherPerson, reach, shows, userHeader } from './http.js';
import { backoff, spread } from './pace.js';
import { Refresher } from './refresher.js';
import { stateOf, Subscriptions } from './subscriptions.js';

// What a page shows never depends on the socket. A page reads its data at once, again every few seconds as long as some
// channel is not subscribed, and once more when all are. The socket only makes changes appear sooner.

const authoriseWithin = 10_000; // milliseconds
const patience = 3000; // milliseconds for which a page that has just opened says that it connects

// connection is the state that the header shows, and since when. connecting: the page has just opened; live: every
// channel is subscribed and everything was read since; polling: the server answers, and the page asks every few
// seconds; offline: the server does not answer. start.js makes it reactive.
export const connection = { state: { shown: false, name: 'connecting', since: null } };

const pages = new Set(); // of Refresher
let config = null;
let echo = null;
let epoch = 0; // grows whenever events may have been missed
let whole = false;
let waited = false;
let deaf = false; // the pusher itself gets no events at present
let watchers = 0; // the number in the last resync event

const subscriptions = new Subscriptions({ changed: update });
reach.changed = update;

// configure sets the address of the sockets; null if it is not known yet.
export function configure(known) {
  config = known;
}

// missed makes the page read everything again, after a pause that grows with the number of pages that do the same.
function missed() {
  epoch += 1;
  for (const p of pages) p.soon(spread(watchers));
}

function update() {
  if ((subscriptions.whole && !deaf) !== whole) {
    whole = !whole;
    if (whole) missed();
    else waited ||= connection.state.name === 'live';
  }
  const fresh = [...pages].every((p) => p.seen === epoch);
  const name = stateOf({ reachable: reach.ok, whole, fresh, waited });
  if (name === connection.state.name) return;
  Object.assign(connection.state, { name, since: Date.now() });
  for (const p of pages) p.check();
}

async function authorise(socketId, names) {
  if (!device.isOf(shows.user)) throw new Error('the session is not of whom the page shows');
  const response = await fetch('/broadcasting/auth', {
    method: 'POST',
    credentials: 'same-origin',
    signal: AbortSignal.timeout(authoriseWithin),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', [userHeader]: String(shows.user) },
    body: JSON.stringify({ socket_id: socketId, channel_names: names }),
  });
  if (response.status === 409) return otherPerson();
  if (!response.ok) throw new Error(`/broadcasting/auth: ${response.status}`);
  return (await response.json()).channels;
}

// connect opens the socket of the page, of which there is one.
function connect() {
  const secure = location.protocol === 'https:';
  const port = config.pusher.port || Number(location.port) || (secure ? 443 : 80);
  const client = new Pusher(config.pusher.key, {
    cluster: '',
    wsHost: config.pusher.host || location.hostname,
    wsPort: port,
    wssPort: port,
    wsPath: config.pusher.path || '',
    forceTLS: secure,
    enabledTransports: ['ws', 'wss'],
    disableStats: true,
    channelAuthorization: { customHandler: batched(authorise) },
  });
  // After a refused connection pusher-js waits for 15 s or more, and after some close codes for ever. This reconnects
  // sooner and never stops.
  let kick = null;
  let kicks = 0;
  const turned = ({ current }) => {
    if (current === 'connected') {
      clearTimeout(kick);
      kick = null;
      kicks = 0;
      subscriptions.connected();
      return;
    }
    deaf = false;
    subscriptions.lost();
    kick ??= setTimeout(
      () => {
        kick = null;
        kicks += 1;
        client.disconnect();
        client.connect();
      },
      backoff(kicks, { base: 4000, most: 20_000 }),
    );
  };
  client.connection.bind('state_change', turned);
  // A browser that lost its network knows it at once; of its socket it hears nothing for half a minute. pusher-js asks
  // the pusher then, a turn later, and complains if the socket is closed by that time. The pages read at once, which
  // tells whether the server is away, too.
  addEventListener('offline', () =>
    setTimeout(() => {
      client.disconnect();
      for (const p of pages) p.soon(0);
    }, 0),
  );
  addEventListener('online', () => {
    clearTimeout(kick);
    kick = null;
    client.connect();
  });
  turned({ current: client.connection.state });
  echo = new Echo({ broadcaster: 'pusher', client });
}

const heard = []; // subscriptions that wait for the socket
const also = /** @type {[string, (data: any) => void][]} */ ([]);

// alsoHear calls a handler for an event of any channel that a page follows from now on.
export function alsoHear(event, handler) {
  also.push([event, handler]);
}

async function open() {
  if (echo) return;
  config ??= await get('/api/config', { stay: true }).catch(() => null);
  if (!config || echo) return;
  connect();
  for (const tell of heard) tell();
}

// hear subscribes to a channel. For a presence channel it calls members with who is in it.
function hear(name, on, members) {
  const channel = members ? echo.join(name) : echo.private(name);
  const key = channel.name;
  subscriptions.want(key, () => {
    if (!channel.subscription.subscribed) channel.subscription.subscribe();
  });
  channel.subscribed(() => subscriptions.succeeded(key));
  channel.error(() => subscriptions.failed(key));
  for (const [event, handler] of [...Object.entries(on), ...also]) channel.listen(`.${event}`, handler);
  channel.listen('.resync', (data) => {
    watchers = data?.watchers ?? 0;
    deaf = false;
    missed();
    update();
  });
  channel.listen('.interrupted', (data) => {
    watchers = data?.watchers ?? 0;
    deaf = true;
    update();
  });
  if (members) members(channel);
}

/**
 * follow keeps a page up to date. read fetches the snapshot: now, whenever events may have been missed, and every few
 * seconds while some channel is not subscribed. Snapshots and events must be merged by version. read rejects if there
 * is nothing to show, and is called again then. on maps event names to functions of their data. presence names a
 * presence channel, whose members are passed to members. every makes the page read at that interval in any case.
 * @param {{
 *   channels?: string[], on?: Record<string, (data: any) => void>, read: () => Promise<unknown>, every?: number,
 *   presence?: {channel: string, members: (channel: any) => void} | null,
 * }} of
 */
export function follow({ channels = [], on = {}, presence = null, read, every = 0 }) {
  const page = new Refresher({
    every,
    mark: () => epoch,
    live: () => connection.state.name === 'live',
    hidden: () => document.hidden,
    done: update,
    read: async () => {
      await read();
      open(); // at the first reading that is possible, if the settings could not be read before
    },
  });
  if (pages.size === 0) {
    connection.state.shown = true;
    setTimeout(() => {
      waited = true;
      update();
    }, patience);
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) for (const p of pages) p.shown();
    });
    addEventListener('online', () => {
      for (const p of pages) p.soon(0);
    });
  }
  pages.add(page);
  page.soon(0);
  const tell = () => {
    for (const name of channels) hear(name, on, null);
    if (presence) hear(presence.channel, {}, presence.members);
  };
  if (echo) tell();
  else heard.push(tell);
  if (config) open();
  return (ms = 0) => page.soon(ms);
}

// channelsOf names the attendance channels that a user may subscribe to.
export function channelsOf(user) {
  if (user.role === 'admin') return ['company'];
  if (user.role === 'branch_admin') return (user.branch_ids ?? []).map((id) => `branch.${id}`);
  return user.employee_id ? [`employee.${user.employee_id}`] : [];
}
