import type { SmugglingCase } from './case.js';
import { CHUNKS } from './chunks.js';
import { CODINGS } from './codings.js';
import { HEADS } from './heads.js';
import { BOTH_FRAMINGS, LENGTHS } from './lengths.js';

export type { SmugglingCase } from './case.js';
export { COMPLIANT } from './compliant.js';

/** Every one is refused, and what follows it on its connection is not read. */
export const AMBIGUOUS: readonly SmugglingCase[] = [
  ...LENGTHS,
  ...BOTH_FRAMINGS,
  ...CODINGS,
  ...CHUNKS,
  ...HEADS,
];
