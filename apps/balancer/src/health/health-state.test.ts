import { describe, expect, test } from 'vitest';
import type { NodeState } from '../directory/node-directory.js';
import { resultOf } from './health-checks.js';
import {
  type Availability,
  availabilityOf,
  DEFAULT_HEALTH_SETTINGS,
  HEALTH_UNKNOWN,
  type HealthEvent,
  type HealthState,
  stepHealth,
} from './health-state.js';

const ready = (startedAtMs: number): HealthEvent => ({
  kind: 'check',
  result: 'ready',
  startedAtMs,
});
const failed = (startedAtMs: number): HealthEvent => ({
  kind: 'check',
  result: 'failed',
  startedAtMs,
});
const refused = (nowMs: number): HealthEvent => ({ kind: 'refused', nowMs });

function after(...events: HealthEvent[]): HealthState {
  return events.reduce(
    (state, event) => stepHealth(state, event, DEFAULT_HEALTH_SETTINGS),
    HEALTH_UNKNOWN,
  );
}

describe('checks', () => {
  test('one failure changes nothing, two take the node down, one success brings it back', () => {
    expect(after(ready(0), failed(1)).verdict).toBe('ready');
    expect(after(ready(0), failed(1), failed(2)).verdict).toBe('down');
    expect(after(ready(0), failed(1), failed(2), ready(3)).verdict).toBe('ready');
  });

  test('failures must be in a row', () => {
    expect(after(failed(1), ready(2), failed(3)).verdict).toBe('ready');
  });

  test('a node that was down needs as many good checks in a row as it is told', () => {
    const settings = { ...DEFAULT_HEALTH_SETTINGS, rise: 3 };
    const verdicts = (...events: HealthEvent[]) => {
      let state = HEALTH_UNKNOWN;
      return events.map((event) => {
        state = stepHealth(state, event, settings);
        return state.verdict;
      });
    };
    expect(verdicts(ready(0))).toEqual(['ready']);
    const fallen = [failed(1), failed(2)];
    const back = verdicts(...fallen, ready(3), ready(4), failed(5), ready(6), ready(7), ready(8));
    expect(back.slice(2)).toEqual(['down', 'down', 'down', 'down', 'down', 'ready']);
    expect(verdicts(...fallen, ready(3), ready(4), ready(5), failed(6)).at(-1)).toBe('ready');
  });

  test('draining counts at once', () => {
    const event: HealthEvent = { kind: 'check', result: 'draining', startedAtMs: 1 };
    expect(after(ready(0), event).verdict).toBe('draining');
  });

  test.each([
    [200, 'ready'],
    [404, 'draining'],
    [503, 'failed'],
    [500, 'failed'],
    [204, 'failed'],
    [undefined, 'failed'],
  ] as const)('status %s means %s', (status, result) => {
    expect(resultOf(status)).toBe(result);
  });
});

describe('refused connections', () => {
  test('eject at once and expire', () => {
    const state = after(ready(0), refused(100));
    expect(availabilityOf('active', state, 100)).toBe('suspect');
    expect(availabilityOf('active', state, 1099)).toBe('suspect');
    expect(availabilityOf('active', state, 1100)).toBe('up');
  });

  test('that fall together count once; later ones double the ejection up to its limit', () => {
    expect(after(refused(0), refused(1), refused(2)).ejectedUntilMs).toBe(1002);
    expect(after(refused(0), refused(2000)).ejectedUntilMs).toBe(4000);
    const many = Array.from({ length: 40 }, (_, index) => refused(index * 60_000));
    expect(after(...many).ejectedUntilMs).toBe(39 * 60_000 + 30_000);
  });

  test('are forgotten after a good check that began later', () => {
    expect(after(refused(100), ready(101))).toEqual({ ...HEALTH_UNKNOWN, verdict: 'ready' });
  });

  test('are not outweighed by a check that began before them', () => {
    expect(availabilityOf('active', after(refused(100), ready(99)), 100)).toBe('suspect');
  });
});

describe('availability', () => {
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
    expect(availabilityOf(state, { ...HEALTH_UNKNOWN, verdict }, 0)).toBe(expected);
  });

  test('a node without an address is never tried', () => {
    expect(availabilityOf('active', HEALTH_UNKNOWN, 0, false)).toBe('dead');
  });
});
