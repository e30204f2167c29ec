/** Source of numbers in [0, 1), for jitter and for keys. */
export type Random = () => number;

/**
 * A new idempotency key. It is no secret: it has to differ from the other keys of its session, and
 * a hundred random bits do, whatever their source.
 */
export function createKey(random: Random): string {
  return `${random()}-${random()}`;
}
