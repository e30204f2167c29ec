// @ts-check
import { median } from '../engine/statistics.mjs';

/** @typedef {import('./rig.mjs').Measured} Measured */
/** @typedef {import('./variants.mjs').Sessions} Sessions */
/** @typedef {import('./variants.mjs').Variant['platform']} Platform */

/**
 * Rounds of one scenario by who took part; a round of one is compared with the same of another.
 *
 * @typedef {Partial<Record<Sessions, Measured[]>>} Rounds
 *
 * @typedef {object} Target
 * @property {string} what
 * @property {string} scenario
 * @property {(of: (sessions: Sessions) => Measured) => number} ratio  Of one round.
 * @property {'at most' | 'at least'} bound
 * @property {Partial<Record<Platform, number>>} value
 */

/** @type {readonly Target[]} */
export const TARGETS = [
  {
    what: 'session not looked at, CPU : none',
    scenario: 'untouched',
    ratio: (of) => of('understudy').totalUs / of('none').totalUs,
    bound: 'at most',
    value: { express: 1.08, fastify: 1.35 },
  },
  {
    what: "the same with touch: 'on-access'",
    scenario: 'untouched',
    ratio: (of) => of('on-access').totalUs / of('none').totalUs,
    bound: 'at most',
    value: { express: 1.05, fastify: 1.1 },
  },
  {
    what: 'read, requests/s : redis',
    scenario: 'read',
    ratio: rate,
    bound: 'at least',
    value: { express: 1.7, fastify: 3.5 },
  },
  {
    what: 'read, added CPU : redis',
    scenario: 'read',
    ratio: (of) => added(of, 'totalUs'),
    bound: 'at most',
    value: { express: 0.25, fastify: 0.12 },
  },
  {
    what: 'write, requests/s : redis',
    scenario: 'write',
    ratio: rate,
    bound: 'at least',
    value: { express: 1.8, fastify: 2.7 },
  },
  {
    what: 'write, total CPU : redis',
    scenario: 'write',
    ratio: (of) => of('understudy').totalUs / of('redis').totalUs,
    bound: 'at most',
    value: { express: 0.6, fastify: 0.38 },
  },
  {
    what: 'read of 20 KB, requests/s : redis',
    scenario: 'read20',
    ratio: rate,
    bound: 'at least',
    value: { express: 4.5, fastify: 9 },
  },
  {
    what: 'write to 20 KB, requests/s : redis',
    scenario: 'write20',
    ratio: rate,
    bound: 'at least',
    value: { express: 4.5, fastify: 9 },
  },
  {
    what: 'write at 500/s, added p50 : redis',
    scenario: 'open500',
    ratio: (of) => added(of, 'p50Ms'),
    bound: 'at most',
    value: { express: 1.1, fastify: 1.1 },
  },
  {
    what: 'write at 2 000/s, added p50 : redis',
    scenario: 'open2000',
    ratio: (of) => added(of, 'p50Ms'),
    bound: 'at most',
    value: { express: 0.65, fastify: 0.65 },
  },
  {
    what: 'write, p99 closed loop : redis',
    scenario: 'write',
    ratio: (of) => of('understudy').p99Ms / of('redis').p99Ms,
    bound: 'at most',
    value: { express: 0.9, fastify: 0.9 },
  },
];

/**
 * @param {Target} target
 * @param {Platform} platform
 * @param {Rounds} rounds
 * @returns {string[] | undefined} A row; undefined when somebody to compare with is missing.
 */
export function judge({ what, ratio, bound, value }, platform, rounds) {
  const wanted = value[platform];
  const count = rounds.understudy?.length ?? 0;
  if (wanted === undefined || count === 0) return undefined;
  const ratios = Array.from({ length: count }, (_, round) =>
    ratio((sessions) => rounds[sessions]?.[round] ?? NOT_MEASURED),
  );
  const middle = median(ratios);
  if (Number.isNaN(middle)) return undefined;
  const reached = bound === 'at most' ? middle <= wanted : middle >= wanted;
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  return [
    what,
    middle.toFixed(2),
    range,
    `${bound} ${wanted.toFixed(2)}`,
    reached ? 'reached' : 'NOT reached',
  ];
}

/** @param {(sessions: Sessions) => Measured} of */
function rate(of) {
  return of('understudy').perSecond / of('redis').perSecond;
}

/**
 * @param {(sessions: Sessions) => Measured} of
 * @param {'totalUs' | 'p50Ms'} field
 */
function added(of, field) {
  const none = of('none')[field];
  return (of('understudy')[field] - none) / (of('redis')[field] - none);
}

/** @type {Measured} */
const NOT_MEASURED = {
  perSecond: Number.NaN,
  p50Ms: Number.NaN,
  p99Ms: Number.NaN,
  appUs: Number.NaN,
  busUs: Number.NaN,
  backupUs: Number.NaN,
  totalUs: Number.NaN,
};
