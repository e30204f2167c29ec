import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admits,
  type CircuitEvent,
  type CircuitState,
  closedCircuit,
  DEFAULT_CIRCUIT,
  phaseOf,
  stepCircuit,
  wantsSafeProbe,
} from './circuit.js';

const sent = (nowMs: number): CircuitEvent => ({ kind: 'sent', nowMs });
const answered = (sentAtMs: number, nowMs = sentAtMs): CircuitEvent => {
  return { kind: 'answered', sentAtMs, nowMs };
};
const failing = (sentAtMs: number, nowMs = sentAtMs): CircuitEvent => {
  return { kind: 'failed', cause: 'failing', sentAtMs, nowMs };
};
const refused = (nowMs: number, sentAtMs = nowMs): CircuitEvent => {
  return { kind: 'failed', cause: 'refused', sentAtMs, nowMs };
};
const checked = (startedAtMs: number, nowMs = startedAtMs): CircuitEvent => {
  return { kind: 'checked', startedAtMs, nowMs };
};
const released = (sentAtMs: number): CircuitEvent => ({ kind: 'released', sentAtMs });

function after(...events: CircuitEvent[]): CircuitState {
  return events.reduce((state, event) => stepCircuit(state, event, DEFAULT_CIRCUIT), closed);
}

const closed = closedCircuit(0);
const fiveFailures = [1, 2, 3, 4, 5].map((at) => failing(at));

describe('a closed circuit', () => {
  test.each<[string, CircuitEvent[], string]>([
    ['opens at the first refusal', [refused(1)], 'open'],
    ['opens after five failures in a row', fiveFailures, 'open'],
    ['stays closed after four', fiveFailures.slice(1), 'closed'],
    [
      'counts from new after an answer',
      [...fiveFailures.slice(1), answered(6), failing(7)],
      'closed',
    ],
    ['is not opened by a request without outcome', [sent(1), released(1)], 'closed'],
  ])('%s', (_name, events, phase) => {
    expect(phaseOf(after(...events), 10)).toBe(phase);
  });

  test('is not opened by what was sent before it closed', () => {
    const state = after(refused(1), checked(2), ...[1, 1, 1, 1, 1].map((at) => failing(at, 3)));
    expect(phaseOf(state, 4)).toBe('closed');
    expect(phaseOf(stepCircuit(state, refused(4, 1), DEFAULT_CIRCUIT), 4)).toBe('closed');
  });
});

describe('an open circuit', () => {
  test('admits nothing until its time is over, then one request', () => {
    const state = after(refused(100));
    expect([100, 1_099, 1_100].map((at) => phaseOf(state, at))).toEqual([
      'open',
      'open',
      'half-open',
    ]);
    expect([100, 1_099, 1_100].map((at) => admits(state, at))).toEqual([false, false, true]);
    const probing = stepCircuit(state, sent(1_100), DEFAULT_CIRCUIT);
    expect(admits(probing, 1_100)).toBe(false);
    expect(admits(probing, 1_000_000)).toBe(false);
  });

  test.each<[string, CircuitEvent, string, boolean]>([
    ['an answer closes it', answered(1_100, 1_200), 'closed', true],
    ['a failure opens it anew', failing(1_100, 1_200), 'open', false],
    ['a refusal opens it anew', refused(1_200), 'open', false],
    ['without an outcome the next request may try', released(1_100), 'half-open', true],
    ['the end of another request tells nothing', released(1_050), 'half-open', false],
    ['an answer to what was sent before tells nothing', answered(50, 1_200), 'half-open', false],
    ['a failure of what was sent before tells nothing', failing(50, 1_200), 'half-open', false],
  ])('while one request tries: %s', (_name, event, phase, admitted) => {
    const state = after(refused(100), sent(1_100), event);
    expect(phaseOf(state, 1_200)).toBe(phase);
    expect(admits(state, 1_200)).toBe(admitted);
  });

  test('an answer to a request that had nowhere else to go closes it at once', () => {
    expect(phaseOf(after(refused(100), sent(200), answered(200, 201)), 300)).toBe('closed');
  });

  test('failures that fall together count once; later ones double the time up to its limit', () => {
    expect(after(refused(0), refused(1), refused(2)).untilMs).toBe(1_002);
    expect(after(refused(0), refused(2_000)).untilMs).toBe(4_000);
    const many = Array.from({ length: 40 }, (_, index) => refused(index * 60_000));
    expect(after(...many).untilMs).toBe(39 * 60_000 + 30_000);
    expect(after(...many, answered(39 * 60_000 + 1), refused(39 * 60_000 + 2)).untilMs).toBe(
      39 * 60_000 + 1_002,
    );
  });

  test('a good check that began later closes what a refusal opened', () => {
    expect(phaseOf(after(refused(100), checked(101)), 101)).toBe('closed');
    expect(phaseOf(after(refused(100), checked(99, 150)), 150)).toBe('open');
  });

  test('but not what requests opened, of which a check knows nothing', () => {
    expect(phaseOf(after(...fiveFailures, checked(6)), 7)).toBe('open');
  });

  test('asks for a request that can be repeated first, and later for any', () => {
    const state = after(refused(0));
    const asks = [999, 1_000, 1_999, 2_000].map((at) => wantsSafeProbe(state, at, DEFAULT_CIRCUIT));
    expect(asks).toEqual([false, true, true, false]);
    expect(wantsSafeProbe(closed, 0, DEFAULT_CIRCUIT)).toBe(false);
  });
});

describe('whatever happens in whatever order', () => {
  interface Step {
    readonly kind: CircuitEvent['kind'] | 'refused';
    readonly back: number;
    readonly passesMs: number;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('sent', 'answered', 'failed', 'refused', 'released', 'checked'),
    back: fc.nat(5_000),
    passesMs: fc.nat(3_000),
  });
  const eventOf = ({ kind, back }: Step, nowMs: number): CircuitEvent => {
    const then = nowMs - back;
    switch (kind) {
      case 'sent':
        return sent(nowMs);
      case 'answered':
        return answered(then, nowMs);
      case 'failed':
        return failing(then, nowMs);
      case 'refused':
        return refused(nowMs, then);
      case 'released':
        return released(then);
      case 'checked':
        return checked(then, nowMs);
    }
  };

  test('it is over at the latest after the longest time and one good answer', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let [state, nowMs] = [closedCircuit(0), 0];
        for (const one of steps) {
          nowMs += one.passesMs;
          const event = eventOf(one, nowMs);
          const before = state;
          state = stepCircuit(state, event, DEFAULT_CIRCUIT);
          expect(state.untilMs).toBeLessThanOrEqual(nowMs + DEFAULT_CIRCUIT.openMaxMs);
          // One request at a time is let through.
          const isProbe = event.kind === 'sent' && before.openings > 0 && admits(before, nowMs);
          if (isProbe) expect(admits(state, nowMs)).toBe(false);
        }
        if (state.probeAtMs !== undefined) {
          state = stepCircuit(state, released(state.probeAtMs), DEFAULT_CIRCUIT);
        }
        nowMs += DEFAULT_CIRCUIT.openMaxMs + 1;
        expect(admits(state, nowMs)).toBe(true);
        state = stepCircuit(
          stepCircuit(state, sent(nowMs), DEFAULT_CIRCUIT),
          answered(nowMs),
          DEFAULT_CIRCUIT,
        );
        expect(phaseOf(state, nowMs)).toBe('closed');
      }),
      { numRuns: 2_000 },
    );
  });
});
