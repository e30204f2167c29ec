export type { Violation } from './checker/evidence.js';
export { gapOf } from './checker/known-gaps.js';
export { type Fault, PROFILES, type Profile } from './faults.js';
export { type ShrunkFailure, shrink } from './shrink.js';
export { type SimulationOptions, type SimulationReport, simulate } from './simulate.js';
