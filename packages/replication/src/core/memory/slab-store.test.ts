import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARENA_BYTES, PAGES_PER_ARENA } from './slab-page.js';
import { MAX_SLOT_BYTES, type SlabId, SlabStore } from './slab-store.js';

/** Bytes that tell which value they are of. */
const PATTERN = Uint8Array.from({ length: 256 + 64 * 1024 }, (_, index) => index);
const filled = (length: number, seed: number) => PATTERN.slice(seed % 251, (seed % 251) + length);

const lengths = fc.oneof(
  { weight: 8, arbitrary: fc.nat(300) },
  { weight: 2, arbitrary: fc.nat(MAX_SLOT_BYTES) },
  { weight: 1, arbitrary: fc.nat(3 * MAX_SLOT_BYTES) },
);

type Command =
  | { readonly kind: 'put' | 'extend'; readonly at: number; readonly length: number }
  | { readonly kind: 'free' | 'compact'; readonly at: number };

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('put' as const), at: fc.nat(), length: lengths }),
    fc.record({ kind: fc.constantFrom('extend' as const), at: fc.nat(), length: fc.nat(2000) }),
    fc.record({ kind: fc.constantFrom('free' as const, 'compact' as const), at: fc.nat() }),
  ),
  { maxLength: 200, size: 'max' },
);

describe('a slab store', () => {
  it('holds what a map of arrays would hold, whatever is done to it', () => {
    fc.assert(
      fc.property(commands, (script) => {
        const store = new SlabStore();
        const model = new Map<SlabId, Uint8Array>();
        let seed = 0;
        for (const command of script) run(store, model, command, ++seed);
        expectSame(store, model);
        for (const id of [...model.keys()]) store.free(id);
        expect(store.usage).toMatchObject({ values: 0, usedBytes: 0 });
        // The spare arena.
        expect(store.usage.reservedBytes).toBeLessThanOrEqual(ARENA_BYTES);
      }),
      { numRuns: 100 },
    );
  });

  it('reserves little more than it holds', () => {
    const store = new SlabStore();
    for (let count = 0; count < 20_000; count++) store.put(filled(813, count));
    const { usedBytes, reservedBytes } = store.usage;
    expect(reservedBytes).toBeLessThan(usedBytes * 1.05 + ARENA_BYTES);
  });

  it('gives memory back when most of what it held is gone, wherever that lay', () => {
    const store = new SlabStore();
    const ids = Array.from({ length: 40_000 }, (_, index) => store.put(filled(813, index)));
    const full = store.usage.reservedBytes;
    const kept = new Map<SlabId, Uint8Array>();
    ids.forEach((id, index) => {
      if (index % 10 === 0) kept.set(id, filled(813, index));
      else store.free(id);
    });
    expect(store.usage.reservedBytes).toBe(full);
    for (let steps = 0; store.compactStep(); steps++) expect(steps).toBeLessThan(2000);
    // What a tenth needs, and the spare arena.
    expect(store.usage.reservedBytes).toBe(2 * ARENA_BYTES);
    expectSame(store, kept);
  });

  it('fills the places of one size class with others of that class', () => {
    const store = new SlabStore();
    const ids = Array.from({ length: 30_000 }, (_, index) => store.put(filled(500, index)));
    const { reservedBytes } = store.usage;
    for (const id of ids) store.free(id);
    for (let count = 0; count < 30_000; count++) store.put(filled(480, count));
    expect(store.usage.reservedBytes).toBe(reservedBytes);
  });

  it('takes the room of emptied pages for any other size', () => {
    const store = new SlabStore();
    const ids = Array.from({ length: PAGES_PER_ARENA * 100 }, (_, i) => store.put(filled(1000, i)));
    const { reservedBytes } = store.usage;
    for (const id of ids) store.free(id);
    for (let count = 0; count < PAGES_PER_ARENA * 100; count++) store.put(filled(700, count));
    expect(store.usage.reservedBytes).toBeLessThanOrEqual(reservedBytes);
  });

  it('refuses to read what was freed, even if its place has a new value', () => {
    const store = new SlabStore();
    const first = store.put(filled(10, 1));
    const second = store.put(filled(10, 2));
    store.free(first);
    expect(() => store.view(first)).toThrow('after it was freed');
    expect(() => store.free(first)).toThrow('after it was freed');
    expect([...store.view(second)]).toEqual([...filled(10, 2)]);
    const large = store.put(filled(MAX_SLOT_BYTES, 1));
    store.free(large);
    expect(() => store.view(large)).toThrow('after it was freed');
    expect(() => store.view(0)).toThrow('after it was freed');
    expect(() => store.view(12_345)).toThrow('after it was freed');
  });
});

function run(
  store: SlabStore,
  model: Map<SlabId, Uint8Array>,
  command: Command,
  seed: number,
): void {
  const ids = [...model.keys()];
  const id = ids[command.at % Math.max(1, ids.length)];
  if (command.kind === 'put') {
    const bytes = filled(command.length, seed);
    const added = store.put(bytes);
    expect(model.has(added)).toBe(false);
    model.set(added, bytes);
  } else if (command.kind === 'compact') {
    store.compactStep();
  } else if (id !== undefined && command.kind === 'free') {
    store.free(id);
    model.delete(id);
  } else if (id !== undefined && command.kind === 'extend') {
    const more = filled(command.length, seed);
    store.extend(id, more.length).set(more);
    model.set(id, Buffer.concat([model.get(id) as Uint8Array, more]));
  }
}

function expectSame(store: SlabStore, model: ReadonlyMap<SlabId, Uint8Array>): void {
  let usedBytes = 0;
  for (const [id, bytes] of model) {
    usedBytes += bytes.length;
    expect(Buffer.compare(store.view(id), bytes)).toBe(0);
    expect(store.lengthOf(id)).toBe(bytes.length);
  }
  expect(store.usage).toMatchObject({ values: model.size, usedBytes });
}
