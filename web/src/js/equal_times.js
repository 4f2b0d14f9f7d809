import { text } from './language.js';
import { element } from './ui.js';

/** @typedef {{ value: string, at: string }} Choice */

/**
 * equalTimes is the part of a form that asks which of two equal times is meant, in the night in which clocks are put
 * back. The form that it becomes part of has the value repeated, and a group of buttons of that id.
 */
export function equalTimes() {
  return {
    choices: /** @type {Choice[]} */ ([]),

    // askWhich takes what the server answered to a time.
    /** @this {any} */
    askWhich(/** @type {{ choices?: Choice[] }} */ problem) {
      this.choices = problem.choices ?? [];
      if (this.choices.length > 0) this.$nextTick(() => element('repeated').querySelector('input')?.focus());
    },
    // unask removes the question, since the time has changed.
    /** @this {any} */
    unask() {
      this.choices = [];
      this.values.repeated = '';
    },

    get isRepeated() {
      return this.choices.length > 0;
    },
    get repeatedRows() {
      return this.choices.map((c) => ({
        value: c.value,
        label: text(`requests.repeated.${c.value}`, { offset: `UTC${c.at.slice(-6)}` }),
      }));
    },
  };
}
