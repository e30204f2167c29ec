/**
 * Whether one more repetition may start now. Bounds how much a struggling cluster is loaded by
 * repetitions: at most `ratio` of what is active, but always `floor`.
 *
 * @param active requests being served, repetitions included
 * @param repeating repetitions under way
 */
export function budgetAllows(
  active: number,
  repeating: number,
  ratio: number,
  floor: number,
): boolean {
  return repeating < Math.max(floor, Math.floor(active * ratio));
}
