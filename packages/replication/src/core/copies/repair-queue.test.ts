import { describe, expect, it } from 'vitest';
import { RepairQueue } from './repair-queue.js';

function drain(queue: RepairQueue): string[] {
  const keys: string[] = [];
  for (let next = queue.take(); next; next = queue.take()) keys.push(next.key);
  return keys;
}

describe('the queue of repairs', () => {
  it('gives those with the fewest copies first, then the oldest', () => {
    const queue = new RepairQueue();
    for (const [key, copies] of [
      ['two', 2],
      ['one', 1],
      ['none', 0],
      ['four', 4],
      ['none too', 0],
    ] as const) {
      queue.add(key, copies);
    }
    expect(drain(queue)).toEqual(['none', 'none too', 'one', 'two', 'four']);
  });

  it('holds each record once, and moves it forward only', () => {
    const queue = new RepairQueue();
    queue.add('a', 1);
    queue.add('b', 1);
    queue.add('b', 0);
    queue.add('b', 2);
    queue.add('a', 1);
    expect(queue.size).toBe(2);
    expect(drain(queue)).toEqual(['b', 'a']);
    expect(queue.size).toBe(0);
  });

  it('forgets what is done, and takes it again when it comes back', () => {
    const queue = new RepairQueue();
    queue.add('a', 0);
    queue.add('b', 0);
    queue.delete('a');
    expect(queue.has('a')).toBe(false);
    queue.add('a', 0);
    expect(drain(queue).toSorted()).toEqual(['a', 'b']);
  });
});
