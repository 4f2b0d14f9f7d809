import { device } from './device.js';

// A contact is what the server signs when it answers: it proves when that was. The device gives it back with a punch
// that it keeps, so that a claimed time cannot lie before it. It is kept for the person whom the page shows.

const contactKey = 'hadir.contact';
const latest = { contact: '', at: 0 }; // of this page; at by the monotonic clock, which lives as long as the page

// learnContact keeps the newest contact.
export function learnContact(user, contact) {
  if (!contact) return;
  Object.assign(latest, { contact, at: performance.now() });
  device.setOwn(user, contactKey, contact);
}

/**
 * stamp is what a tap of now is stored with: the last contact, how long ago that was by the monotonic clock if it is
 * this page's, and the instant of that clock, whose origin tells one page from another.
 * @param {number} user
 */
export function stamp(user) {
  const contact = device.own(user, contactKey);
  const now = performance.now();
  return {
    contact,
    since: contact && contact === latest.contact ? Math.round(now - latest.at) : undefined,
    monotonic: { origin: performance.timeOrigin, at: now },
  };
}
