import { expect, it } from 'vitest';
import { NODE_LIMITS } from '../limits.js';
import { FlightRecorder } from './flight-recorder.js';

it('remembers the last events of each record, oldest first, and forgets the oldest of all', () => {
  const recorder = new FlightRecorder();
  recorder.add(0, { kind: 'fenced', key: 'old' });
  for (let n = 1; n <= NODE_LIMITS.flightEvents; n++) {
    recorder.add(n, { kind: 'ended', key: n % 2 ? 'odd' : 'even', reason: `r${n}` });
  }
  expect(recorder.recent('old')).toEqual([]);
  const odd = recorder.recent('odd');
  expect(odd).toHaveLength(NODE_LIMITS.eventsPerRecord);
  const last = NODE_LIMITS.flightEvents - 1;
  expect(odd.at(-1)).toEqual({ atMs: last, kind: 'ended', text: `reason r${last}` });
  expect(odd[0]?.atMs).toBeLessThan(odd[1]?.atMs as number);
});

it('tells versions as they are shown elsewhere', () => {
  const recorder = new FlightRecorder();
  const version = { epoch: 3, seq: 4 };
  recorder.add(1, { kind: 'takeover', key: 'k', from: 'n1', version, tookMs: 7 });
  expect(recorder.recent('k')[0]?.text).toBe('from n1, version 3.4, tookMs 7');
});
