// A frame that draws much holds up whoever types or scrolls meanwhile, and how much is much depends on the device. A
// budget learns it: how many rows a frame may draw.

const long = 40; // milliseconds that a frame may take with all that the browser does in it
const short = 20; // milliseconds; a frame that takes less may draw more

/** @param {number} most rows of one frame */
export function frameBudget(most) {
  let rows = most;
  return {
    get rows() {
      return rows;
    },
    // begin is called where a frame begins to draw. What is queued then runs after the frame is on the screen.
    begin() {
      const began = performance.now();
      setTimeout(() => this.took(performance.now() - began), 0);
    },
    took(/** @type {number} */ milliseconds) {
      if (milliseconds > long) rows = Math.max(1, Math.floor(rows / 2));
      else if (milliseconds < short) rows = Math.min(most, rows + 1);
    },
  };
}
