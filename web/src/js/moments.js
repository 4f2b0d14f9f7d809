import { language } from './language.js';

// Pages of the machinery speak of instants, not of working days: they show them by this device's clock.

// moment shows an instant with its date; '' for none.
export function moment(instant) {
  if (!instant) return '';
  return new Intl.DateTimeFormat(language.state.now, { dateStyle: 'medium', timeStyle: 'medium' }).format(
    new Date(instant),
  );
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

// percent rounds down, so that nothing is shown as having reached what it did not; '' for none.
export function percent(ratio) {
  if (ratio === null || ratio === undefined) return '';
  return new Intl.NumberFormat(language.state.now, { style: 'percent', maximumFractionDigits: 2 }).format(
    Math.floor(ratio * 10000) / 10000,
  );
}
