// A Pusher client: connects, signs and subscribes, and calls back with each event's data.
import http from 'k6/http';
import { WebSocket } from 'k6/websockets';
import { Counter, Trend } from 'k6/metrics';
import { base, headers } from './common.js';

export const subscribed = new Counter('sockets_subscribed');
export const lost = new Counter('sockets_lost');
export const frames = new Counter('frames');
export const frameDelay = new Trend('frame_delay_ms', true); // from publication by the worker to the frame here; one clock

export function socketURL(config) {
  return `${base.replace(/^http/, 'ws')}/app/${config.pusher.key}?protocol=7&client=k6&version=1`;
}

export function subscribe(url, channel, token, onEvent, forMs) {
  const ws = new WebSocket(url);
  let ending = false;
  ws.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.event === 'pusher:connection_established') {
      const { socket_id: id } = JSON.parse(frame.data);
      const r = http.post(`${base}/broadcasting/auth`, JSON.stringify({ socket_id: id, channel_name: channel }), { headers: headers(token), tags: { name: '/broadcasting/auth' } });
      ws.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel, ...r.json() } }));
    } else if (frame.event === 'pusher_internal:subscription_succeeded') {
      subscribed.add(1);
    } else if (frame.event === 'pusher:ping') {
      ws.send('{"event":"pusher:pong","data":{}}');
    } else if (frame.channel === channel) {
      const inner = JSON.parse(frame.data);
      frames.add(1);
      if (inner.sent_at) frameDelay.add(Date.now() - Date.parse(inner.sent_at));
      if (onEvent) onEvent(frame.event, inner);
    }
  };
  ws.onclose = () => { if (!ending) lost.add(1); };
  setTimeout(() => { ending = true; ws.close(); }, forMs);
  return ws;
}
