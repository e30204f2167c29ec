import { SessionUsageError } from '../errors.js';

/** Something known, something held, something one is. */
const MAX_FACTORS = 3;

/** How many kinds of proof: 1, 2 or 3. Throws `SessionUsageError` for anything else. */
export function checkFactors(factors: unknown, where: string): number {
  if (Number.isInteger(factors) && Number(factors) >= 1 && Number(factors) <= MAX_FACTORS) {
    return Number(factors);
  }
  throw new SessionUsageError(`${where} expects factors from 1 to ${MAX_FACTORS}`);
}
