// A card reader at a kiosk is a keyboard: it types the card's number and Enter, faster than any hand.

const apart = 50; // milliseconds between two keys of a reader, at most
const silent = 500; // milliseconds before the first key of a card, at least
const shortest = 4; // characters of a card number
const beside = ['Shift', 'CapsLock', 'Alt', 'AltGraph', 'Control']; // what a reader presses to write a character

// Reader finds out of the keys of a page what a card reader has typed.
export class Reader {
  #typed = '';
  #last = -Infinity;
  #began = false;
  #spoilt = false;
  #whole = true; // nothing was typed right before what may be a card

  // press takes a key and when it was pressed, in milliseconds. It returns the card's number at the Enter that ends
  // one, and '' otherwise.
  press(key, at) {
    const gap = at - this.#last;
    const quick = gap < apart;
    this.#last = at;
    this.#began = false;
    this.#spoilt = false;
    if (beside.includes(key)) return '';
    const before = quick ? this.#typed : '';
    // A reader that stutters would leave the end of a number, which may be another person's card.
    if (!quick) this.#whole = this.#typed === '' || gap >= silent;
    this.#typed = key.length === 1 ? before + key : '';
    this.#began = this.#typed.length === 1;
    if (key !== 'Enter' || before.length < shortest) return '';
    this.#spoilt = !this.#whole;
    return this.#whole ? before : '';
  }

  // spoilt tells whether the last key ended a card in whose number others may be missing.
  get spoilt() {
    return this.#spoilt;
  }

  // began tells whether the last key may be the first one of a card.
  get began() {
    return this.#began;
  }
}
