// @ts-check

/** What still counts as a gain: less may be the machine. */
const NO_LESS = 0.97;

/**
 * Runs stretch after stretch until one costs no less than those before: Node compiles what it has seen
 * often enough.
 *
 * @param {() => Promise<number>} costOfStretch  In µs a request.
 * @param {object} bounds
 * @param {number} bounds.least  Stretches, however it goes.
 * @param {number} bounds.most
 * @param {number} bounds.inVain  So many in a row must bring no gain: one alone may have been disturbed.
 */
export async function warmUp(costOfStretch, { least, most, inVain }) {
  let leastUs = Number.POSITIVE_INFINITY;
  let withoutGain = 0;
  for (let count = 1; count <= most; count++) {
    const costUs = await costOfStretch();
    withoutGain = costUs < NO_LESS * leastUs ? 0 : withoutGain + 1;
    if (count >= least && withoutGain >= inVain) return;
    leastUs = Math.min(leastUs, costUs);
  }
}
