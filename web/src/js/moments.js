import { language } from './language.js';

// Technical pages (Operasi, Webhook, Audit) show instants by the clock of this device, since they are not about working
// days.

// moment shows an instant with its date; '' for none.
export function moment(instant) {
  if (!instant) return '';
  return new Intl.DateTimeFormat(language.state.now, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
  }).format(new Date(instant));
}

// ago shows how long before now an instant was: 12 seconds ago, 3 hours ago.
export function ago(instant, now) {
  if (!instant) return '';
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  const [n, unit] =
    seconds < 90
      ? [seconds, 'second']
      : seconds < 5400
        ? [Math.round(seconds / 60), 'minute']
        : seconds < 172800
          ? [Math.round(seconds / 3600), 'hour']
          : [Math.round(seconds / 86400), 'day'];
  return new Intl.RelativeTimeFormat(language.state.now, { numeric: 'always' }).format(
    -n,
    /** @type {Intl.RelativeTimeFormatUnit} */ (unit),
  );
}

export function number(n, digits = 0) {
  return new Intl.NumberFormat(language.state.now, { maximumFractionDigits: digits }).format(n);
}

// percent rounds down, so that nothing looks as if it had reached a bound that it has not; '' for none.
export function percent(ratio) {
  if (ratio === null || ratio === undefined) return '';
  return new Intl.NumberFormat(language.state.now, { style: 'percent', maximumFractionDigits: 2 }).format(
    Math.floor(ratio * 10000) / 10000,
  );
}
