import { none } from './list.js';

/** @typedef {{kind: string, title: string, what: string, more: string, punch: number}} Result */

// shownResult is what a kiosk says of the last punch.
export const shownResult = () => ({
  result: /** @type {Result} */ (none),

  get shows() {
    return this.result !== null;
  },
  get kind() {
    return this.result?.kind ?? '';
  },
  get title() {
    return this.result?.title ?? '';
  },
  get what() {
    return this.result?.what ?? '';
  },
  get more() {
    return this.result?.more ?? '';
  },
  // announced is what a screen reader says of a result, whose place is hidden before.
  get announced() {
    return [this.title, this.what, this.more].filter(Boolean).join('. ');
  },
});
