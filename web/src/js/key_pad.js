import { digits, letters, numberAfter, pinAfter } from './kiosk_entry.js';
import { text } from './language.js';

// keyPad is what the keys on a kiosk's screen do. The page has number, pin and field, and typed, which is called after
// each.
export const keyPad = () => ({
  spells: false, // letters instead of digits

  // tap is a key of the page.
  tap(event) {
    const { key } = event.currentTarget.dataset;
    if (this.field === 'pin') this.pin = pinAfter(this.pin, key);
    else if (key === 'other') this.spells = !this.spells;
    else this.number = numberAfter(this.number, key);
    this.typed();
  },
  get digitKeys() {
    return this.keysOf(digits);
  },
  get letterKeys() {
    return this.keysOf(letters);
  },
  keysOf(keys) {
    const other = this.field === 'pin' ? text('kiosk.clear') : text(this.spells ? 'kiosk.digits' : 'kiosk.letters');
    const named = { other, back: '⌫' };
    return keys.map((key) => ({
      key,
      label: named[key] ?? key,
      name: key === 'back' ? text('kiosk.erase') : (named[key] ?? key),
      wide: key.length > 1,
    }));
  },
  get counts() {
    return !this.spells;
  },
});
