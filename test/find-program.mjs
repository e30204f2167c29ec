// @ts-check
// The tests find programs the way the launcher does.
export { findProgram, missingPrograms } from '../scripts/cluster/find-program.mjs';
