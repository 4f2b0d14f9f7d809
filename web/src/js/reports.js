import { dayOf, deviceZone } from './language.js';

// What the list says about a report, apart from how the page shows it.
const ended = new Set(['done', 'failed', 'cancelled', 'expired']);

export function pending(report) {
  return !ended.has(report.state);
}

// progressed merges an event into a report. Events may arrive late: an old one does not make an ended report run again.
// Only a failed report may be tried once more.
export function progressed(report, event) {
  if (ended.has(report.state) && report.state !== 'failed' && !ended.has(event.state)) return report;
  return { ...report, state: event.state, progress: event.progress };
}

// period tells a whole month, { month }, from other spans, { from, to }.
export function period({ from, to }) {
  const [year, month] = from.split('-').map(Number);
  const last = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  return from.endsWith('-01') && to === last ? { month: from.slice(0, 7) } : { from, to };
}

// lastDay shows until when a report can be fetched, by the calendar of this device.
export function lastDay(report, zone = deviceZone()) {
  return dayOf(report.expires_at, zone);
}

// bytes shows a size as people read it.
export function bytes(n, locale) {
  const [value, unit] = n < 1000 ? [n, 'byte'] : n < 1e6 ? [n / 1000, 'kilobyte'] : [n / 1e6, 'megabyte'];
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    maximumFractionDigits: value < 10 && unit !== 'byte' ? 1 : 0,
  }).format(value);
}
