import { LIMITS } from '../core/limits.js';
import { TIMINGS, type Timings } from '../core/timings.js';
import type { Random } from './random.js';

type Limits = { -readonly [K in keyof typeof LIMITS]: number };

/** What makes no difference to what was promised, only to how often a bound is met. */
const SMALL: { readonly [K in keyof Limits]?: readonly number[] } = {
  frameBytes: [300, 2000],
  copyTail: [1, 3],
  documentHistory: [2, 4],
  adoptionsPerTick: [1, 3],
  handoffsInFlight: [1, 3],
  expiryChecksPerTick: [1, 7],
  locations: [1, 3],
  callHops: [2, 3],
};

/** One change at a time, and hardly any that wait: most go as whole records later. */
const NARROW_LINK = { framesInFlight: [1, 2], frameEntries: [1, 3], linkPending: [1, 4] } as const;

/**
 * Some bounds of the engine made so small that a short run meets them (FoundationDB's "buggify").
 * The engine has no switch for it: the table itself is changed for the time of one run.
 */
export function withSmallLimits<T>(random: Random, run: () => T): T {
  const limits = LIMITS as Limits;
  const before = { ...limits };
  if (random.chance(0.3)) {
    for (const [name, values] of Object.entries(NARROW_LINK)) {
      limits[name as keyof Limits] = random.pick(values);
    }
  }
  if (random.chance(0.4)) {
    for (const [name, values] of Object.entries(SMALL)) {
      if (random.chance(0.4)) limits[name as keyof Limits] = random.pick(values);
    }
  }
  try {
    return run();
  } finally {
    Object.assign(limits, before);
  }
}

/** Early timeouts; what detects the death of a node stays, or healthy nodes would be buried. */
export function drawTimings(random: Random): Timings {
  const usual = TIMINGS.local;
  if (random.chance(0.7)) return usual;
  return {
    ...usual,
    resendMs: random.pick([60, usual.resendMs]),
    linkTimeoutMs: random.pick([80, usual.linkTimeoutMs]),
    substituteAfterMs: random.pick([50, usual.substituteAfterMs]),
    adoptAfterMs: random.pick([0, usual.adoptAfterMs]),
    pauseMs: random.pick([150, usual.pauseMs]),
    minHoldMs: random.pick([0, usual.minHoldMs]),
  };
}
