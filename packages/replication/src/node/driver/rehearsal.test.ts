import { describe, expect, it } from 'vitest';
import { rehearseTakeover } from './rehearsal.js';

describe('a rehearsed takeover', () => {
  it('answers a change of every session of the node that is gone, round after round', () => {
    expect([1, 2, 3].map(rehearseTakeover)).toEqual([8, 8, 8]);
  });
});
