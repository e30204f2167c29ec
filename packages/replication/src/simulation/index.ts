export type { Violation } from './checker/evidence.js';
export { type Fault, PROFILES, type Profile } from './faults.js';
export { type SimulationOptions, type SimulationReport, simulate } from './simulate.js';
