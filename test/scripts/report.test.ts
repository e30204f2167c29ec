import { describe, expect, it } from 'vitest';
import { CallLog } from '../../scripts/chaos/call-log.mjs';
import { bucketDurations, drawHistogram, percentile } from '../../scripts/chaos/histogram.mjs';
import { CHAOS_HELP, parseChaosOptions } from '../../scripts/chaos/options.mjs';
import { seededRandom } from '../../scripts/chaos/random.mjs';
import { report } from '../../scripts/chaos/report.mjs';
import { strikeRepeatedly } from '../../scripts/chaos/strike.mjs';
import { isClean, type Verdict, verdictLine } from '../../scripts/chaos/verdict.mjs';
import { Weather } from '../../scripts/chaos/weather.mjs';

const CLEAN: Verdict = {
  acknowledged: 12,
  lost: 0,
  doubled: 0,
  failed: 0,
  stale: 0,
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

describe('the histogram', () => {
  it('puts a duration into the bucket whose edge it does not exceed', () => {
    expect(bucketDurations([1, 10, 10, 11, 99], [10, 50])).toEqual([
      { label: '<= 10 ms', count: 3 },
      { label: '<= 50 ms', count: 1 },
      { label: '> 50 ms', count: 1 },
    ]);
    expect(bucketDurations([])).toEqual([]);
  });

  it('draws the fullest bucket at full width and any other one visibly', () => {
    const [first, second] = drawHistogram([...Array(100).fill(1), 7]).split('\n');
    expect(first).toMatch(/100 #{40}$/);
    expect(second).toMatch(/ 1 #$/);
  });

  it.each([
    [0.5, 2],
    [0.99, 4],
    [1, 4],
    [0, 1],
  ])('takes the nearest rank at %d', (share, expected) => {
    expect(percentile([4, 1, 3, 2], share)).toBe(expected);
    expect(percentile([], share)).toBe(0);
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('spreads evenly enough to reach every victim', () => {
    const random = seededRandom(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) {
      const victim = Math.floor(random() * 3);
      counts[victim] = (counts[victim] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(900);
  });
});

describe('striking', () => {
  it('waits for calm before every strike and after the last one', async () => {
    const events: string[] = [];
    const result = await strikeRepeatedly({
      target: {
        nodes: () => ['n1', 'n2'],
        strike: async (id) => {
          events.push('strike');
          return id === 'n1' ? 'n1 ended with code 1' : null;
        },
        calm: async () => void events.push('calm'),
      },
      weather: new Weather(),
      random: seededRandom(3),
      kills: 3,
      deadlineMs: Number.POSITIVE_INFINITY,
      say: () => {},
      now: () => 0,
      sleep: async () => {},
    });
    expect(events).toEqual(['calm', 'strike', 'calm', 'strike', 'calm', 'strike', 'calm']);
    expect(result.kills).toBe(3);
    expect(result.faults.every((fault) => fault === 'n1 ended with code 1')).toBe(true);
  });

  it('ends with a fault when a strike is never mended', async () => {
    let calms = 0;
    const result = await strikeRepeatedly({
      target: {
        nodes: () => ['n1'],
        strike: async () => null,
        calm: async () => {
          calms += 1;
          if (calms === 3) throw new Error('n1 never came back');
        },
      },
      weather: new Weather(),
      random: Math.random,
      kills: 9,
      deadlineMs: Number.POSITIVE_INFINITY,
      say: () => {},
      now: () => 0,
      sleep: async () => {},
    });
    expect(result).toEqual({ kills: 2, faults: ['n1 never came back'] });
  });

  it('lets the time pass undisturbed when nobody is to be killed', async () => {
    const slept: number[] = [];
    const { kills } = await strikeRepeatedly({
      target: { nodes: () => ['n1'], strike: async () => null, calm: async () => {} },
      weather: new Weather(),
      random: Math.random,
      kills: 0,
      deadlineMs: 1_000,
      say: () => {},
      now: () => 0,
      sleep: async (durationMs) => void slept.push(durationMs),
    });
    expect({ kills, slept }).toEqual({ kills: 0, slept: [1_000] });
  });

  it('ends when the time is up', async () => {
    let nowMs = 0;
    const { kills } = await strikeRepeatedly({
      target: {
        nodes: () => ['n1'],
        strike: async () => {
          nowMs += 400;
          return null;
        },
        calm: async () => {},
      },
      weather: new Weather(),
      random: Math.random,
      kills: Number.POSITIVE_INFINITY,
      deadlineMs: 1_000,
      say: () => {},
      now: () => nowMs,
      sleep: async () => {},
    });
    expect(kills).toBe(3);
  });
});

describe('the weather', () => {
  it('tells a call whether any part of it was stormy', () => {
    const weather = new Weather();
    const [calm, before, during] = [weather.observe(), weather.observe(), () => weather.observe()];
    expect(calm()).toBe(false);
    weather.breaks();
    const within = during();
    weather.clears();
    expect(before()).toBe(true);
    expect(within()).toBe(true);
    expect(weather.observe()()).toBe(false);
  });
});

describe('the flags of npm run chaos', () => {
  it('default to ten kills of three nodes under twenty shoppers', () => {
    expect(parseChaosOptions([], 42)).toMatchObject({
      nodes: 3,
      shoppers: 20,
      kills: 10,
      seconds: undefined,
      signal: 'SIGKILL',
      assignment: 'sticky',
      bus: 'auto',
      seed: 42,
    });
  });

  it('let the time end the run when only the time is given', () => {
    expect(parseChaosOptions(['--seconds', '30'], 1).kills).toBe(Number.POSITIVE_INFINITY);
    expect(parseChaosOptions(['--seconds', '30', '--kills', '2'], 1).kills).toBe(2);
  });

  it.each([
    [['--signal', 'SIGSTOP'], /--signal SIGSTOP: expected SIGKILL or SIGTERM/],
    [['--nodes', '1'], /expected a whole number from 2/],
    [['--kills', '0'], /--kills 0 needs --seconds/],
    [['--balancer', 'random'], /expected sticky or round-robin/],
  ])('%j are refused', (argv, message) => {
    expect(() => parseChaosOptions(argv, 1)).toThrow(message);
  });

  it('are all in the help', () => {
    expect(CHAOS_HELP).toMatch(/--nodes N .*--signal SIGKILL\|SIGTERM .*--seed N/s);
  });
});
