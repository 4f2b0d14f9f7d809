import { language, text } from './language.js';
import { metres, nearest } from './places.js';
import { vague } from './why.js';

const length = (n) => metres(Math.ceil(n), language.state.now);

/**
 * placeNow tells a person where they are before they punch.
 * @param {{ latitude: number, longitude: number, accuracy: number }} fix
 * @param {{ latitude: number, longitude: number, radius: number }[]} sites of the branch, at least one
 */
export function placeNow(fix, sites) {
  const { distance, inside } = nearest(fix, sites);
  const slots = { distance: length(distance), accuracy: length(fix.accuracy) };
  return text(inside ? 'home.place.near' : 'home.place.far', slots);
}

/**
 * withPlace adds to the sentence about a punch how far from the site it was made, if that is known, and whether the day
 * is marked for it.
 * @param {string} recorded
 * @param {{ distance?: number, outside_area: boolean, fix?: { accuracy: number }, doubts?: string[] }} [punch]
 * @param {string} [policy] the branch's
 */
export function withPlace(recorded, punch, policy) {
  if (punch?.distance === undefined || !punch.fix) return recorded;
  const slots = { recorded, distance: length(punch.distance), accuracy: length(punch.fix.accuracy) };
  if (policy !== 'record' && vague(punch)) return text('home.recorded.vague', slots);
  if (policy !== 'record' && punch.outside_area) return text('home.recorded.away', slots);
  return text('home.recorded.near', slots);
}
