import { DEFAULT_HEALTH_CHECKS, type HealthCheckOptions } from '../../health/health-checks.js';
import { DEFAULT_HEALTH_SETTINGS, type HealthSettings } from '../../health/health-state.js';
import { numbers, rangesOf, unitOf } from '../ranges.js';

export type HealthOptions = HealthSettings & HealthCheckOptions;

export const DEFAULT_HEALTH: HealthOptions = {
  ...DEFAULT_HEALTH_CHECKS,
  ...DEFAULT_HEALTH_SETTINGS,
};

export const HEALTH_RANGES = rangesOf<HealthOptions>(DEFAULT_HEALTH, unitOf);

/** How nodes are asked for their health, and what is made of the answers. */
export const HEALTH = numbers<HealthOptions>(DEFAULT_HEALTH, HEALTH_RANGES);
