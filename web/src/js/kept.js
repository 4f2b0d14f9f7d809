import { clockTime, dayOf, text } from './language.js';

/**
 * keptLines are the lines that Beranda shows for punches kept on this device.
 * @param {import('./queue').Entry[]} waiting
 * @param {string} [zone]
 */
export function keptLines(waiting, zone) {
  return waiting.map((e) => ({
    key: e.key,
    state: e.state,
    refused: e.state === 'refused',
    asked: e.state === 'asked',
    problem: e.state !== 'waiting',
    direction: text(`direction.${e.direction}`),
    reason: e.reason,
    time: `${dayOf(e.tappedAt, zone)} ${clockTime(e.tappedAt, zone)}`,
    stateText: text(`home.kept.${e.state}`),
  }));
}
