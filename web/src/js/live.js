import Echo from 'laravel-echo';
import Pusher from 'pusher-js';

// connection is what the header shows: live, connecting or offline, and since when. start.js makes it reactive.
export const connection = { state: { shown: false, name: 'connecting', since: null } };

let echo = null;

// connect opens the one socket of the page.
export function connect(config) {
  if (echo) return echo;
  const secure = location.protocol === 'https:';
  const port = config.pusher.port || Number(location.port) || (secure ? 443 : 80);
  const client = new Pusher(config.pusher.key, {
    cluster: '', wsHost: config.pusher.host || location.hostname, wsPort: port, wssPort: port, wsPath: config.pusher.path || '',
    forceTLS: secure, enabledTransports: ['ws', 'wss'], disableStats: true,
    channelAuthorization: { endpoint: '/broadcasting/auth', transport: 'ajax' },
  });
  const state = connection.state;
  state.shown = true;
  client.connection.bind('state_change', ({ current }) => {
    state.name = { connected: 'live', connecting: 'connecting', initialized: 'connecting' }[current] ?? 'offline';
    state.since = Date.now();
  });
  echo = new Echo({ broadcaster: 'pusher', client });
  return echo;
}

// listen subscribes to private channels. ready is called once all of them are subscribed, and again after each reconnect;
// handlers maps event names to functions of their data.
export function listen(channels, ready, handlers) {
  const waiting = new Set(channels);
  let timer;
  for (const name of channels) {
    const channel = echo.private(name);
    channel.subscribed(() => {
      waiting.delete(name);
      if (waiting.size > 0) return;
      clearTimeout(timer); // after a reconnect the channels come back one by one
      timer = setTimeout(ready, channels.length > 1 ? 50 : 0);
    });
    for (const [event, handler] of Object.entries(handlers)) channel.listen(`.${event}`, handler);
    channel.listen('.resync', () => { clearTimeout(timer); timer = setTimeout(ready, 50); });
  }
}

// channelsOf names what a user may hear about attendance.
export function channelsOf(user) {
  if (user.role === 'admin') return ['company'];
  if (user.role === 'branch_admin') return (user.branch_ids ?? []).map((id) => `branch.${id}`);
  return user.employee_id ? [`employee.${user.employee_id}`] : [];
}
