// @ts-check

/**
 * Numbers that are the same for the same seed, so that a run chooses the same victims and articles
 * again. (What processes and network do between them is not repeatable; the simulation is.)
 *
 * @param {number} seed
 * @returns {() => number} Uniform in [0, 1); the generator is mulberry32.
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @template T
 * @param {readonly T[]} items
 * @param {() => number} random
 * @returns {T}
 */
export function pick(items, random) {
  return /** @type {T} */ (items[Math.floor(random() * items.length)]);
}
