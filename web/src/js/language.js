import { device } from './device.js';
import { languageKey, preferred } from './preferred.js';

// state is made reactive by start.js, so that every text follows a change of language.
export const language = { state: { now: preferred() } };

const patience = 15_000; // milliseconds until a page stops waiting for its texts

/** @type {Record<string, Record<string, string | string[]> | null>} */
const words = { id: null, en: null }; // by language, once they are there

// learn stores the page's texts in a language: by name a sentence with {slots}, or two forms, for one and for many.
export function learn(name, known) {
  words[name] = known;
}

// ready fetches the page's texts in a language from the address that the build wrote into the page. It throws if they
// cannot be fetched.
export async function ready(name) {
  if (words[name]) return;
  const response = await fetch(String(document.documentElement.getAttribute(`data-words-${name}`)), {
    signal: AbortSignal.timeout(patience),
  });
  if (!response.ok) throw new Error(`words: ${response.status}`);
  learn(name, await response.json());
}

// setLanguage changes the language of the page after it has fetched the texts.
export async function setLanguage(next) {
  await ready(next);
  language.state.now = next;
  document.documentElement.lang = next;
  keep(languageKey, next);
}

const unsavedKey = 'hadir.language.unsaved';

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    /* private windows may refuse; it lasts as long as the page */
  }
}

// unsaved is a language that a user chose and that the server does not know yet; '' for none.
export function unsaved(user) {
  return device.own(user, unsavedKey);
}

export function markUnsaved(user, next) {
  device.setOwn(user, unsavedKey, next);
}

export function otherLanguage() {
  return language.state.now === 'id' ? 'en' : 'id';
}

// text returns a sentence in the present language; n chooses between the forms for one and many.
export function text(name, values = {}) {
  let form = words[language.state.now]?.[name] ?? name;
  if (Array.isArray(form)) form = form[values.n === 1 ? 0 : 1];
  return form.replace(/\{(\w+)\}/g, (_, v) => values[v] ?? '');
}

// textOr returns the text of that name if the page has one, and else the fallback.
export function textOr(name, otherwise, values = {}) {
  return known(name) ? text(name, values) : otherwise;
}

function known(name) {
  return name in (words[language.state.now] ?? {});
}

const formats = new Map();

function format(zone, options) {
  const name = language.state.now + zone + JSON.stringify(options);
  if (!formats.has(name))
    formats.set(name, new Intl.DateTimeFormat(language.state.now, { timeZone: zone, ...options }));
  return formats.get(name);
}

// clockTime formats an instant as the clocks in a zone show it; '' for none.
export function clockTime(instant, zone, seconds = false) {
  if (!instant) return '';
  return format(zone, {
    hour: '2-digit',
    minute: '2-digit',
    second: seconds ? '2-digit' : undefined,
    hourCycle: 'h23',
  }).format(new Date(instant));
}

// zoneName is the name of a zone's time at an instant: WIB, WITA or WIT, elsewhere the offset from UTC.
export function zoneName(instant, zone) {
  const name = `zone ${zone}`;
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat('id', { timeZone: zone, timeZoneName: 'short' }));
  const parts = formats.get(name).formatToParts(new Date(instant));
  return parts.find((p) => p.type === 'timeZoneName').value;
}

// foreignZone is the name of a zone's time where the clock of this device shows another; '' where both show the same.
export function foreignZone(instant, zone) {
  const same = clockTime(instant, zone) === clockTime(instant, deviceZone());
  return same ? '' : zoneName(instant, zone);
}

// clockTimeHere is clockTime with the zone's name where this device shows another time.
export function clockTimeHere(instant, zone, seconds = false) {
  if (!instant) return '';
  return [clockTime(instant, zone, seconds), foreignZone(instant, zone)].filter(Boolean).join(' ');
}

// clockTimeAmong is clockTime for a list whose lines may be of several zones: then each says its own, and else only one
// that this device's clock does not show.
export function clockTimeAmong(severalZones, instant, zone) {
  const said = severalZones ? zoneName(instant, zone) : foreignZone(instant, zone);
  return [clockTime(instant, zone), said].filter(Boolean).join(' ');
}

// zonesDiffer tells whether the clocks of some branches show different times.
export function zonesDiffer(branches) {
  return new Set(branches.map((b) => zoneName(Date.now(), b.zone))).size > 1;
}

// deviceZone is the zone of this device.
export function deviceZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/**
 * dayOf shows the date on which an instant lies in a zone; '' for none.
 * @param {string | number | undefined} instant
 * @param {string | undefined} zone
 * @param {Intl.DateTimeFormatOptions} [options]
 */
export function dayOf(instant, zone, options = { day: 'numeric', month: 'short' }) {
  return instant ? format(zone, options).format(new Date(instant)) : '';
}

/**
 * longDate shows a calendar date, which has no zone.
 * @param {string} date
 * @param {Intl.DateTimeFormatOptions} [options]
 */
export function longDate(date, options = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }) {
  return format('UTC', options).format(new Date(`${date}T00:00:00Z`));
}

export function shortDate(date) {
  return longDate(date, { weekday: 'short', day: 'numeric', month: 'short' });
}

// shortDates shows a first and a last date, or the one that both are.
export function shortDates(first, last) {
  return first === last ? shortDate(first) : `${shortDate(first)} – ${shortDate(last)}`;
}

// duration shows minutes as hours and minutes; '' for none.
export function duration(minutes) {
  return minutes > 0 ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}` : '';
}
