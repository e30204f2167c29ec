import { describe, expect, it } from 'vitest';
import { type RollTarget, rollThrough } from '../../scripts/chaos/roll.mjs';
import { Weather } from '../../scripts/chaos/weather.mjs';

/** A cluster of two whose clock moves with what is done to it; every step is noted. */
function roll(change: Partial<RollTarget> = {}) {
  const steps: string[] = [];
  let nowMs = 0;
  const takes = (step: string, durationMs: number) => {
    steps.push(step);
    nowMs += durationMs;
  };
  const target: RollTarget = {
    nodes: () => ['n1', 'n2'],
    drain: async (id) => takes(`drain ${id}`, 500),
    replace: async (id) => {
      takes(`replace ${id}`, 300);
      return null;
    },
    complete: async () => takes('complete', 1_000),
    protected: async () => takes('protected', 200),
    ...change,
  };
  const weather = new Weather();
  const said: string[] = [];
  const plan = { target, weather, say: (line: string) => void said.push(line), now: () => nowMs };
  return { steps, said, weather, done: () => rollThrough(plan) };
}

describe('a rolling restart', () => {
  it('drains and replaces one node after the other, each when all is well again', async () => {
    const { steps, said, done } = roll();
    const { replaced, faults } = await done();
    const calm = ['complete', 'protected'];
    const each = (id: string) => [`drain ${id}`, `replace ${id}`, ...calm];
    expect(steps).toEqual([...calm, ...each('n1'), ...each('n2')]);
    expect(replaced).toEqual([
      { id: 'n1', drainMs: 500, stopMs: 300, readyMs: 1_000, copiesMs: 200 },
      { id: 'n2', drainMs: 500, stopMs: 300, readyMs: 1_000, copiesMs: 200 },
    ]);
    expect(faults).toEqual([]);
    expect(said).toHaveLength(2);
    expect(said[0]).toBe(
      'n1 drained in 500 ms, stopped in 300 ms, replaced in 1000 ms, all copies 200 ms later',
    );
  });

  it('goes on after a node that did not leave in order, and tells', async () => {
    const replace = async (id: string) => (id === 'n1' ? 'n1 ended with code 1' : null);
    const { replaced, faults } = await roll({ replace }).done();
    expect(faults).toEqual(['n1 ended with code 1']);
    expect(replaced).toHaveLength(2);
  });

  it('takes no second node away while the first is not replaced', async () => {
    let calms = 0;
    const complete = async () => {
      calms += 1;
      if (calms === 2) throw new Error('n1 never came back');
    };
    const { steps, weather, done } = roll({ complete });
    const { replaced, faults } = await done();
    expect(steps).not.toContain('drain n2');
    expect({ replaced, faults }).toEqual({ replaced: [], faults: ['n1 never came back'] });
    expect(weather.observe()()).toBe(true);
  });

  it('begins with nobody while the cluster is not whole', async () => {
    const complete = () => Promise.reject(new Error('n2 is not there'));
    const { steps, done } = roll({ complete });
    expect((await done()).faults).toEqual(['n2 is not there']);
    expect(steps).toEqual([]);
  });

  it('is told when a node does not hand over its sessions', async () => {
    const drain = () => Promise.reject(new Error('n1 keeps its sessions'));
    await expect(roll({ drain }).done()).rejects.toThrow('n1 keeps its sessions');
  });
});
