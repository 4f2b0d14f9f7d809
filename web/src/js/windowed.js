// Thousands of rows are known, and only those that are seen, and some beside them, are in the document. The space of
// the others is kept, so that the page is as long as its list.

const step = 8; // rows by which the window moves: not each pixel that is scrolled draws
const beside = 8; // rows above and below what is seen, at least
const guess = 50; // pixels, until a row was measured
const few = 1000; // heights that are kept in any case

// Windowed knows how high rows are and which of them are to be drawn.
export class Windowed {
  #keys = /** @type {string[]} */ ([]);
  #tops = [0]; // where each row begins, and the end of the last, in pixels below the beginning of the list
  #heights = /** @type {Map<string, number>} */ (new Map());
  #sum = 0; // of the heights

  // from and to are the rows to draw: the first, and the one after the last.
  from = 0;
  to = 3 * step;

  // list takes the keys of all rows, in their order.
  list(keys) {
    this.#keys = keys;
    if (this.#heights.size > Math.max(2 * keys.length, few)) this.#forget(new Set(keys));
    const usual = this.#heights.size > 0 ? this.#sum / this.#heights.size : guess;
    this.#tops = [0];
    let top = 0;
    for (const key of keys) this.#tops.push((top += this.#heights.get(key) ?? usual));
  }

  // measured tells how high a row turned out to be. It counts from the next list on.
  measured(key, height) {
    this.#sum += height - (this.#heights.get(key) ?? 0);
    this.#heights.set(key, height);
  }

  // kept is how many heights are known.
  get kept() {
    return this.#heights.size;
  }

  // forget drops the heights of rows that are not in the list any more. A page may be open for weeks.
  #forget(listed) {
    for (const [key, height] of this.#heights) {
      if (listed.has(key)) continue;
      this.#sum -= height;
      this.#heights.delete(key);
    }
  }

  // look tells what is seen: so many pixels from so many below the beginning of the list. It returns whether other rows
  // are to be drawn.
  look(top, height) {
    const { from, to } = this;
    this.from = Math.max(0, Math.floor((this.#at(top) - beside) / step) * step);
    this.to = Math.ceil((this.#at(top + height) + 1 + beside) / step) * step;
    return from !== this.from || to !== this.to;
  }

  // space is the height of all rows above the first of those that are drawn and of all below the last.
  space(keys) {
    const first = keys.length > 0 ? this.#keys.indexOf(keys[0]) : this.#keys.length;
    const last = keys.length > 0 ? this.#keys.indexOf(keys.at(-1)) : this.#keys.length - 1;
    return { first, above: this.#tops[first], below: this.#tops[this.#keys.length] - this.#tops[last + 1] };
  }

  // at is the row at a height, the first or the last for what is outside of the list.
  #at(y) {
    let low = 0;
    let high = Math.max(0, this.#keys.length - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/**
 * towards is the next list on the way from the drawn rows to the wanted ones: as they are wanted, but with at most so
 * many that were not drawn as they are. What a frame draws is bounded that way, however much has changed. Rows that are
 * not wanted any more leave at once, but where the list is held at a length they stay below until others take their
 * place. left is how many more the frame may draw; below 0 it has not drawn all.
 * @template {{ key: unknown }} R
 * @param {R[]} drawn
 * @param {R[]} wanted
 * @param {number} most
 */
export function towards(drawn, wanted, most, held = 0) {
  const known = new Map(drawn.map((r) => [r.key, r]));
  let left = most;
  const rows = [];
  for (const row of wanted) {
    const before = known.get(row.key);
    if (before === row || left > 0) rows.push(row);
    else if (before) rows.push(before);
    if (before !== row) left -= 1;
  }
  if (left < 0 && rows.length < held) {
    const stay = new Set(wanted.map((r) => r.key));
    rows.push(...drawn.filter((r) => !stay.has(r.key)).slice(0, held - rows.length));
  }
  return { rows, left };
}
