/** A worker that lived as long did not die of how it was started. */
export const STEADY_MS = 10_000;
const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/**
 * Until a dead worker is replaced: at once, unless workers die soon after their start one after the
 * other, which a new one would do as well.
 *
 * @param earlyDeaths In a row.
 */
export function respawnDelayMs(earlyDeaths: number): number {
  if (earlyDeaths === 0) return 0;
  return Math.min(FIRST_MS * 2 ** Math.min(earlyDeaths - 1, 16), LONGEST_MS);
}
