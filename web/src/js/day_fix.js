/** @typedef {import('./api').Item<'/api/attendances'>} Whole */

/** @typedef {Pick<Whole, 'work_date' | 'zone' | 'first_in' | 'last_out' | 'shift_start' | 'shift_end'>} Day */

/** @typedef {{ direction: 'in' | 'out', time: string, next_day: boolean }} Planned */

/**
 * lacks tells which direction a day has no punch of: in, out, both, or '' for none.
 * @param {Day} day
 * @returns {'in' | 'out' | 'both' | ''}
 */
export function lacks({ first_in: first, last_out: last }) {
  if (!first && !last) return 'both';
  return first ? (last ? '' : 'out') : 'in';
}

// wall is an instant as the clocks of a zone show it, in the form that fields of forms take.
function wall(instant, zone) {
  const [date, time] = new Date(instant).toLocaleString('sv-SE', { timeZone: zone }).split(' ');
  return { date, time: time.slice(0, 5) };
}

/**
 * planned is when the shift of a day has somebody come (in) or go (out). It has no time where there is no shift, where
 * it lies after now, in milliseconds since 1970, and where the day has a punch of that direction.
 * @param {Day} day
 * @param {'in' | 'out'} direction
 * @param {number} now
 * @returns {Planned}
 */
export function planned(day, direction, now) {
  const at = direction === 'in' ? day.shift_start : day.shift_end;
  const there = direction === 'in' ? day.first_in : day.last_out;
  if (!at || there || Date.parse(at) > now) return { direction, time: '', next_day: false };
  const { date, time } = wall(at, day.zone);
  return { direction, time, next_day: date > day.work_date };
}

/**
 * proposed is what the form begins with that corrects a day.
 * @param {Day} day
 * @param {number} now
 */
export function proposed(day, now) {
  return planned(day, lacks(day) === 'out' ? 'out' : 'in', now);
}
