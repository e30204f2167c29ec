import { type CircuitSettings, DEFAULT_CIRCUIT } from '../../health/circuit.js';
import { numbers, rangesOf, unitOf } from '../ranges.js';

export const CIRCUIT_RANGES = rangesOf<CircuitSettings>(DEFAULT_CIRCUIT, unitOf);

/** When requests that fail make a node suspect, and for how long. */
export const CIRCUIT = numbers<CircuitSettings>(DEFAULT_CIRCUIT, CIRCUIT_RANGES);
