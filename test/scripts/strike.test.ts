import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../scripts/chaos/random.mjs';
import { strikeRepeatedly } from '../../scripts/chaos/strike.mjs';
import { Weather } from '../../scripts/chaos/weather.mjs';

/** A target that is always whole. */
const CALM = { complete: async () => {}, protected: async () => {} };

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
        complete: async () => void events.push('complete'),
        protected: async () => void events.push('protected'),
      },
      weather: new Weather(),
      random: seededRandom(3),
      kills: 3,
      deadlineMs: Number.POSITIVE_INFINITY,
      say: () => {},
      now: () => 0,
      sleep: async () => {},
    });
    const calm = ['complete', 'protected'];
    expect(events).toEqual([calm, 'strike', calm, 'strike', calm, 'strike', calm].flat());
    expect(result.kills).toBe(3);
    expect(result.faults.every((fault) => fault === 'n1 ended with code 1')).toBe(true);
  });

  it('ends with a fault when a strike is never mended', async () => {
    let calms = 0;
    const result = await strikeRepeatedly({
      target: {
        nodes: () => ['n1'],
        strike: async () => null,
        complete: async () => {
          calms += 1;
          if (calms === 3) throw new Error('n1 never came back');
        },
        protected: async () => {},
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
      target: { nodes: () => ['n1'], strike: async () => null, ...CALM },
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
        ...CALM,
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
