export type { ConformanceCase } from './conformance-case.js';
export type { TierFixture } from './tier/rig.js';
export { type TierConformanceOptions, tierConformance } from './tier-conformance.js';
export type { TransportFixture, TransportUnderTest } from './transport/rig.js';
export {
  type TransportConformanceOptions,
  transportConformance,
} from './transport-conformance.js';
