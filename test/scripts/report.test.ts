import { describe, expect, it } from 'vitest';
import { CallLog } from '../../scripts/chaos/call-log.mjs';
import { report } from '../../scripts/chaos/report.mjs';
import { isClean, type Verdict, verdictLine } from '../../scripts/chaos/verdict.mjs';

const CLEAN: Verdict = {
  acknowledged: 12,
  lost: 0,
  doubled: 0,
  failed: 0,
  stale: 0,
  revived: 0,
  faults: [],
};

describe('the verdict', () => {
  it('is one line of four numbers', () => {
    expect(verdictLine(CLEAN)).toBe('acknowledged 12, lost 0, doubled 0, failed 0');
  });

  it.each<[string, Partial<Verdict>, boolean]>([
    ['nothing wrong', {}, true],
    ['a loss', { lost: 1 }, false],
    ['a doubling', { doubled: 1 }, false],
    ['a failure', { failed: 1 }, false],
    ['a stale answer', { stale: 1 }, false],
    ['a drain that did not end with 0', { faults: ['n1'] }, false],
    ['nothing shown at all', { acknowledged: 0 }, false],
  ])('%s', (_, change, clean) => {
    expect(isClean({ ...CLEAN, ...change })).toBe(clean);
  });
});

describe('the report', () => {
  it('ends with the verdict and shows the slowest calls and the failures', () => {
    const log = new CallLog();
    for (let i = 0; i < 100; i++) {
      log.add({
        shopper: `s${i}`,
        startedAtMs: 0,
        durationMs: i,
        attempts: i === 99 ? 3 : 1,
        metFailover: i > 90,
        failure: i === 50 ? 'gone' : null,
      });
    }
    const lines = report({ log, verdict: { ...CLEAN, failed: 1 }, kills: 2, durationMs: 1500 });
    const text = lines.split('\n');
    expect(text.at(-1)).toBe('acknowledged 12, lost 0, doubled 0, failed 1');
    expect(lines).toContain('100 calls in 1.5 s, 2 kills, 1 calls repeated by the client');
    expect(lines).toContain('9 calls met a failover: median 95 ms, p99 99 ms, longest 99 ms');
    expect(lines).toContain('99 ms s99, 3 attempts, met a failover');
    expect(lines).toContain('s50 after 50 ms: gone');
    expect(log.slowest.map((call) => call.durationMs)).toEqual([99, 98, 97, 96, 95]);
  });
});
