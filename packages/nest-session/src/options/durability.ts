import type { Durability } from '@understudy/replication';

const DURABILITIES: Readonly<Record<Durability, true>> = { async: true, backup: true, all: true };

/** What a durability may be, for messages about one that is none. */
export const EXPECTED_DURABILITY = Object.keys(DURABILITIES)
  .map((durability) => JSON.stringify(durability))
  .join(' or ');

export function isDurability(value: unknown): value is Durability {
  return typeof value === 'string' && Object.hasOwn(DURABILITIES, value);
}
