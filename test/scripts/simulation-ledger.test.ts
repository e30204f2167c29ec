import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgedAgain, readLedger, writeLedger } from '../../scripts/simulation/ledger.mjs';

const entry = {
  engine: 'abc',
  commit: '1',
  at: '2026-01-01T00:00:00.000Z',
  seeds: { kill: 10, pause: 10 },
  clean: 18,
  failed: 2,
  failures: { 'kill 3': 'lost', 'pause 7': 'torn' },
  events: 1000,
};

describe('the ledger of clean seeds', () => {
  it('counts a failed seed as clean once the checker judges it anew, and says which it was', () => {
    const once = judgedAgain(entry, 'pause 7');
    expect(once).toMatchObject({ clean: 19, failed: 1, failures: { 'kill 3': 'lost' } });
    const twice = judgedAgain(once, 'kill 3');
    expect(twice).toMatchObject({ clean: 20, failed: 0, failures: {}, seeds: entry.seeds });
    expect(twice.judgedAgain).toEqual({ 'pause 7': 'torn', 'kill 3': 'lost' });
  });

  it('keeps one entry for each engine, the one that was added to at the end', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'ledger-')), 'report.json');
    writeLedger(path, entry);
    writeLedger(path, { ...entry, engine: 'def' });
    writeLedger(path, { ...entry, clean: 20 });
    expect(readLedger(path).map(({ engine, clean }) => [engine, clean])).toEqual([
      ['def', 18],
      ['abc', 20],
    ]);
  });
});
