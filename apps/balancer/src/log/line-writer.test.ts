import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineWriter, type WriteBytes } from './line-writer.js';

interface Bench {
  readonly writer: LineWriter;
  /** What the other end has taken. */
  readonly taken: string[];
  readonly dropped: () => number;
  readonly errors: Error[];
  /** Ends the write that is under way. */
  settle(error?: NodeJS.ErrnoException | null, bytes?: number): void;
  waiting(): boolean;
}

function bench(maxBytes: number, chunkBytes = 1_000): Bench {
  const taken: string[] = [];
  const errors: Error[] = [];
  let dropped = 0;
  let pending: { bytes: Buffer; done: Parameters<WriteBytes>[1] } | undefined;
  const writer = new LineWriter({
    write: (bytes, done) => {
      if (pending !== undefined) throw new Error('two writes at once');
      pending = { bytes, done };
    },
    maxBytes: () => maxBytes,
    chunkBytes,
    onDropped: (lines) => {
      dropped += lines;
    },
    onError: (error) => errors.push(error),
  });
  return {
    ...{ writer, taken, errors, dropped: () => dropped, waiting: () => pending !== undefined },
    settle(error = null, bytes) {
      const { bytes: chunk, done } = pending as NonNullable<typeof pending>;
      pending = undefined;
      const written = error === null ? (bytes ?? chunk.length) : 0;
      if (written > 0) taken.push(chunk.subarray(0, written).toString());
      done(error, written);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const failure = (code: string) => Object.assign(new Error(code), { code });

describe('lines', () => {
  test('of one turn share a write, up to its size', async () => {
    const { writer, taken, settle, waiting } = bench(100, 6);
    for (const line of ['a\n', 'bb\n', 'cccccccc\n', 'd\n']) writer.add(line);
    await turn();
    while (waiting()) settle();
    expect(taken).toEqual(['a\nbb\n', 'cccccccc\n', 'd\n']);
  });

  test('wait up to the bound, and what is more is dropped and counted', async () => {
    const { writer, taken, settle, dropped, waiting } = bench(6);
    writer.add('a\n');
    await turn();
    // Of the bytes under way it is not known whether they are taken: they count.
    for (const line of ['b\n', 'c\n', 'd\n', 'e\n']) writer.add(line);
    expect(dropped()).toBe(2);
    settle();
    writer.add('f\n');
    settle();
    while (waiting()) settle();
    expect(taken.join('')).toBe('a\nb\nc\nf\n');
    expect(dropped()).toBe(2);
  });

  test('are finished when a write took a part of them', async () => {
    const { writer, taken, settle } = bench(100);
    writer.add('abcdef\n');
    await turn();
    settle(null, 2);
    settle(null, 3);
    settle();
    expect(taken).toEqual(['ab', 'cde', 'f\n']);
  });

  test('wait until a full pipe takes some', async () => {
    const { writer, taken, settle, waiting, dropped } = bench(100);
    writer.add('a\n');
    await turn();
    settle(failure('EAGAIN'));
    while (!waiting()) await turn();
    settle();
    expect(taken).toEqual(['a\n']);
    expect(dropped()).toBe(0);
  });

  test('that cannot be written are counted, and the reason told once', async () => {
    const { writer, taken, settle, dropped, errors } = bench(100);
    for (const line of ['a\n', 'b\n']) writer.add(line);
    await turn();
    settle(failure('ENOSPC'));
    writer.add('c\n');
    await turn();
    settle(failure('ENOSPC'));
    expect([dropped(), errors.length]).toEqual([3, 1]);
    writer.add('d\n');
    await turn();
    settle();
    expect(taken).toEqual(['d\n']);
  });

  test('that nobody takes until the end are dropped', async () => {
    const { writer, dropped, settle } = bench(100);
    writer.add('a\n');
    await turn();
    for (const line of ['b\n', 'c\n']) writer.add(line);
    await writer.flush(10);
    expect(dropped()).toBe(2);
    settle();
    await writer.flush(10);
  });

  test('come out whole and in order, or are counted, whatever the writes do', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 20 }) }),
      fc.constant({ fail: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { writer, taken, settle, dropped, waiting } = bench(30, 10);
        let next = 0;
        let lost = false;
        for (const one of steps) {
          if ('add' in one) writer.add(`${String(next++).padEnd(one.add, '.')}\n`);
          else if (!waiting()) await turn();
          else if ('take' in one) settle(null, undefined);
          else {
            lost = true;
            settle(failure('EIO'));
          }
        }
        await turn();
        while (waiting()) settle();
        const lines = taken.join('').split('\n').slice(0, -1);
        const numbers = lines.map((line) => Number.parseInt(line, 10));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        expect(numbers.length + dropped()).toBe(next);
        if (!lost && next <= 2) expect(dropped()).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
