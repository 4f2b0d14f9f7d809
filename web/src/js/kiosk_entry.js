// What people type at a kiosk: their number, which may have letters, and their PIN. They do so on keys of the page, or
// on a keyboard.

export const pinLength = 6; // digits
const longest = 64; // characters of a number, as the server holds it

export const digits = [...'123456789', 'other', '0', 'back'];
export const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ-/', 'other', 'back'];

// numberAfter and pinAfter return what is in the field after a key.
export function numberAfter(value, key) {
  return key === 'back' ? value.slice(0, -1) : (value + key).slice(0, longest);
}

export function pinAfter(value, key) {
  if (key === 'other') return '';
  return key === 'back' ? value.slice(0, -1) : onlyDigits(value + key);
}

// onlyDigits is what of a text belongs to a PIN.
export function onlyDigits(value) {
  return value.replace(/\D/g, '').slice(0, pinLength);
}

const prefixOf = (number) => /^(.*\D)\d+$/.exec(number)?.[1] ?? '';

// Prefix is how the numbers of those who come to this kiosk begin, if they do alike: JKT- of JKT-0001. It saves them
// the letters. One person of another place changes nothing.
export class Prefix {
  #last = '';
  now = '';

  // learn takes a number that was right.
  learn(number) {
    const prefix = prefixOf(number);
    if (prefix === this.#last || this.now === '') this.now = prefix;
    this.#last = prefix;
  }
}
