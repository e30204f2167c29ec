/** Source of numbers in [0, 1), for jitter and for keys. */
export type Random = () => number;

/** The platform's cryptographic source: keys must not repeat across clients. */
export const systemRandom: Random = () => {
  const [word] = crypto.getRandomValues(new Uint32Array(1));
  return (word as number) / 2 ** 32;
};

/** A new idempotency key: 128 bits, in hexadecimal. */
export function createKey(random: Random): string {
  const word = () => Math.floor(random() * 2 ** 32);
  return [word(), word(), word(), word()].map((n) => n.toString(16).padStart(8, '0')).join('');
}
