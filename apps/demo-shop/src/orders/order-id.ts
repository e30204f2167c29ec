/** Crockford's base 32: no letter that can be taken for a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `W-` and ten characters of 50 random bits, from at least ten random bytes. */
export function orderId(random: Uint8Array): string {
  const characters = Array.from(random.subarray(0, 10), (byte) => ALPHABET[byte % 32]);
  return `W-${characters.slice(0, 5).join('')}-${characters.slice(5).join('')}`;
}
