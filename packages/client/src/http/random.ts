/** Source of numbers in [0, 1), for jitter and for keys. */
export type Random = () => number;

/** The platform's cryptographic source. */
export const systemRandom: Random = () =>
  (crypto.getRandomValues(new Uint32Array(1))[0] as number) / 2 ** 32;

/** A new idempotency key. Its 64 random bits need to differ only within one session's journal. */
export function createKey(random: Random): string {
  const word = () => random().toString(36).slice(2);
  return `${word()}-${word()}`;
}
