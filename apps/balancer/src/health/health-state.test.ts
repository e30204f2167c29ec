import { describe, expect, test } from 'vitest';
import type { NodeState } from '../directory/node-directory.js';
import { resultOf } from './health-checks.js';
import {
  type Availability,
  availabilityOf,
  type CheckResult,
  DEFAULT_HEALTH_SETTINGS,
  HEALTH_UNKNOWN,
  type HealthState,
  stepHealth,
} from './health-state.js';

/** The verdict after each of the checks. */
function verdicts(results: string, rise = 1): string {
  let state = HEALTH_UNKNOWN;
  return results
    .split(' ')
    .map((result) => {
      state = stepHealth(state, result as CheckResult, { ...DEFAULT_HEALTH_SETTINGS, rise });
      return state.verdict;
    })
    .join(' ');
}

describe('checks', () => {
  test.each([
    ['one failure changes nothing', 'ready failed', 'ready ready'],
    ['two take the node down', 'ready failed failed', 'ready ready down'],
    ['one success brings it back', 'failed failed ready', 'unknown down ready'],
    ['failures must be in a row', 'failed ready failed', 'unknown ready ready'],
    ['draining counts at once', 'ready draining', 'ready draining'],
    ["the node's own word counts at once", 'ready down', 'ready down'],
    ['and until it says otherwise', 'ready down ready', 'ready down ready'],
  ])('%s', (_name, results, expected) => {
    expect(verdicts(results)).toBe(expected);
  });

  test('a node that was down needs as many good checks in a row as it is told', () => {
    expect(verdicts('ready', 3)).toBe('ready');
    expect(verdicts('down ready ready failed ready ready ready failed', 3)).toBe(
      'down down down down down down ready ready',
    );
  });

  test.each([
    [200, 'ready'],
    [404, 'draining'],
    [503, 'down'],
    [500, 'failed'],
    [204, 'failed'],
    [undefined, 'failed'],
  ] as const)('status %s means %s', (status, result) => {
    expect(resultOf(status)).toBe(result);
  });
});

describe('availability', () => {
  const sign = { admitted: true, reachable: true };

  test.each<[NodeState, HealthState['verdict'], Availability]>([
    ['active', 'unknown', 'up'],
    ['active', 'ready', 'up'],
    ['active', 'draining', 'draining'],
    ['active', 'down', 'suspect'],
    ['draining', 'ready', 'draining'],
    ['leaving', 'ready', 'draining'],
    ['joining', 'ready', 'draining'],
    ['draining', 'down', 'suspect'],
    ['suspect', 'ready', 'suspect'],
    ['dead', 'ready', 'dead'],
  ])('membership says %s and checks say %s: %s', (state, verdict, expected) => {
    expect(availabilityOf({ state, verdict, ...sign })).toBe(expected);
    const closed = expected === 'dead' ? 'dead' : 'suspect';
    expect(availabilityOf({ state, verdict, ...sign, admitted: false })).toBe(closed);
  });

  test('a node without an address is never tried', () => {
    const facts = { state: 'active', verdict: 'ready', admitted: true, reachable: false } as const;
    expect(availabilityOf(facts)).toBe('dead');
  });
});
