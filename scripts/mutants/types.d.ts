import type { Profile } from '../../packages/replication/dist/simulation/index.js';
import type { Edit } from '../simulation/bundle.mjs';

/** A defect to be planted in a copy of the engine, which the simulation has to find. */
export interface Mutant {
  readonly name: string;
  /** Number in the list of defects that other systems were seen to have; `extra` of our own. */
  readonly number: number | 'extra';
  /** What breaks, and whom it broke. */
  readonly why: string;
  readonly edits: readonly Edit[];
  /** Where it shows soonest. Default: all profiles. */
  readonly profiles?: readonly Profile[];
}

/** A defect that the simulation is not the place for. */
export interface Absent {
  readonly name: string;
  readonly number: number | 'extra';
  readonly reason: string;
}
