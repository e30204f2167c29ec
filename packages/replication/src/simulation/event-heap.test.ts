import { describe, expect, it } from 'vitest';
import { EventHeap } from './event-heap.js';
import { Random } from './random.js';

describe('the event heap', () => {
  it('gives back by time, ties by the drawn number', () => {
    const random = new Random('heap');
    const heap = new EventHeap();
    const pushed: [number, number][] = [];
    const popped: [number, number][] = [];
    for (let i = 0; i < 500; i++) {
      const atMs = random.below(50);
      const tie = random.next();
      pushed.push([atMs, tie]);
      heap.push(atMs, tie, () => popped.push([atMs, tie]));
    }
    for (let event = heap.pop(); event; event = heap.pop()) event.run();
    expect(popped).toEqual(pushed.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  });

  it('has no next event when it is empty', () => {
    const heap = new EventHeap();
    expect(heap.pop()).toBeUndefined();
    expect(heap.peekMs()).toBe(Number.POSITIVE_INFINITY);
  });
});
