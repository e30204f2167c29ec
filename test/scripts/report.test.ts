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

function landed(holder: number, failovers: number, wanted = 0.99): Partial<Verdict> {
  return { landed: { holder, failovers, wanted } };
}

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
    ['enough failovers on a holder', landed(99, 100), true],
    ['too many failovers elsewhere', landed(98, 100), false],
    ['too few failovers to judge', landed(0, 99), true],
    ['failovers of which any may land anywhere', landed(0, 100, 0), true],
  ])('%s', (_, change, clean) => {
    expect(isClean({ ...CLEAN, ...change })).toBe(clean);
  });
});

describe('the last line', () => {
  const REPLACED = [
    { id: 'n1', drainMs: 500, stopMs: 300, readyMs: 1_000, copiesMs: 210 },
    { id: 'n2', drainMs: 500, stopMs: 300, readyMs: 10_000, copiesMs: 200 },
  ];

  it.each<[Partial<Verdict>, string]>([
    [landed(100, 100), '; on a holder 100 of 100 failovers (100.00 %)'],
    [landed(197, 200), '; on a holder 197 of 200 failovers (98.50 %), fewer than 99.00 %'],
    [landed(16, 16), '; on a holder 16 of 16 failovers (100.00 %), too few to judge'],
    [landed(0, 0), '; on a holder 0 of 0 failovers, too few to judge'],
    [{ replaced: REPLACED }, '; replaced n1 2.0 s, n2 11.0 s'],
    [{ replaced: [] }, '; replaced nobody'],
  ])('tells of %o', (change, end) => {
    expect(verdictLine({ ...CLEAN, ...change })).toBe(verdictLine(CLEAN) + end);
  });
});

describe('the report', () => {
  it('ends with the verdict and shows the slowest calls and the failures', () => {
    const log = new CallLog();
    for (let i = 0; i < 100; i++) {
      log.add({
        shopper: `s${i}`,
        method: i % 10 < 3 ? 'POST' : 'GET',
        startedAtMs: 0,
        durationMs: i,
        attempts: i === 99 ? 3 : 1,
        metFailover: i > 90,
        failure: i === 50 ? 'gone' : null,
      });
    }
    for (const answer of ['503 busy', '409 busy', '503 busy']) log.addRefusal(answer);
    log.bare = 3;
    const lines = report({ log, verdict: { ...CLEAN, failed: 1 }, kills: 2, durationMs: 1500 });
    const text = lines.split('\n');
    expect(text.at(-1)).toBe('acknowledged 12, lost 0, doubled 0, failed 1');
    expect(lines).toContain(
      '100 calls, 30 of them POST with a key, in 1.5 s, 2 kills, 1 calls repeated by the client',
    );
    expect(lines).toContain('no other node had them (`copies=0`): 3');
    expect(lines).toContain('that were no success: 2 × 503 busy, 1 × 409 busy');
    expect(lines).toContain('9 calls met a failover: median 95 ms, p99 99 ms, longest 99 ms');
    expect(lines).toContain('91 others: median 45 ms, p99 90 ms, longest 90 ms');
    expect(lines).toContain('99 ms GET of s99, 3 attempts, met a failover');
    expect(lines).toContain('POST of s50 after 50 ms: gone');
    expect(log.slowest.map((call) => call.durationMs)).toEqual([99, 98, 97, 96, 95]);
  });

  it('counts only so many kinds of refusals apart', () => {
    const log = new CallLog();
    for (let i = 0; i < 1_000; i++) log.addRefusal(`kind ${i}`);
    expect(log.refusals.size).toBeLessThan(50);
    expect([...log.refusals.values()].reduce((sum, count) => sum + count, 0)).toBe(1_000);
  });
});
