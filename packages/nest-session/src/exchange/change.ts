import type { Operation } from '@understudy/replication';
import type { BagChange } from '../session/recording-bag.js';

/** What a request changed, at one moment. */
export interface Change {
  readonly data: BagChange;
  readonly system: BagChange;
}

export function operationsOf({ data, system }: Change): readonly Operation[] {
  if (system.operations.length === 0) return data.operations;
  return [...data.operations, ...system.operations];
}

export function hasOperations({ data, system }: Change): boolean {
  return data.operations.length + system.operations.length > 0;
}
