// @ts-check
import { COPY_MUTANTS } from './copies.mjs';
import { OWNER_MUTANTS } from './owners.mjs';
import { SIDE_MUTANTS } from './sides.mjs';

export { ELSEWHERE } from './absent.mjs';

/** @type {readonly import('./types.js').Mutant[]} */
export const MUTANTS = [...COPY_MUTANTS, ...OWNER_MUTANTS, ...SIDE_MUTANTS].sort(
  (a, b) =>
    Number(a.number === 'extra') - Number(b.number === 'extra') ||
    Number(a.number) - Number(b.number) ||
    0,
);
