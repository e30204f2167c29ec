import { describe, expect, it } from 'vitest';
import { HolderTable } from './holder-table.js';

describe('the table of holders', () => {
  it('has each owner with its backups once, in their order, until nobody uses it', () => {
    const table = new HolderTable();
    const first = table.take({ owner: 'a', backups: ['b', 'c'] });
    expect(table.take({ owner: 'a', backups: ['b', 'c'] })).toBe(first);
    const other = table.take({ owner: 'a', backups: ['c', 'b'] });
    expect(other).not.toBe(first);
    expect(table.at(first)).toMatchObject({ owner: 'a', backups: ['b', 'c'] });
    table.release(first);
    expect(table.at(first).owner).toBe('a');
    table.release(first);
    table.release(other);
    expect(table.size).toBe(0);
    expect([first, other]).toContain(table.take({ owner: 'x', backups: [] }));
  });
});
