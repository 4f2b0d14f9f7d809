// A card reader at a kiosk is a keyboard: it types the card's number and Enter, faster than any hand.

const apart = 50; // milliseconds between two keys of a reader, at most
const shortest = 4; // characters of a card number
const beside = ['Shift', 'CapsLock', 'Alt', 'AltGraph', 'Control']; // what a reader presses to write a character

// Reader finds out of the keys of a page what a card reader has typed.
export class Reader {
  #typed = '';
  #last = -Infinity;

  // press takes a key and when it was pressed, in milliseconds. It returns the card's number at the Enter that ends
  // one, and '' otherwise.
  press(key, at) {
    const quick = at - this.#last < apart;
    this.#last = at;
    if (beside.includes(key)) return '';
    const before = quick ? this.#typed : '';
    this.#typed = key.length === 1 ? before + key : '';
    return key === 'Enter' && before.length >= shortest ? before : '';
  }

  // began tells whether the last key may be the first one of a card.
  get began() {
    return this.#typed.length === 1;
  }
}
