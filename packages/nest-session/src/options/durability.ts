import type { Durability } from '@understudy/replication';

/** How many copies a change may wait for, the fewest first. */
export const DURABILITIES: readonly Durability[] = ['async', 'backup', 'all'];

/** What a durability may be, for messages about one that is none. */
export const EXPECTED_DURABILITY = DURABILITIES.map((name) => JSON.stringify(name)).join(' or ');

export function isDurability(value: unknown): value is Durability {
  return DURABILITIES.includes(value as Durability);
}
