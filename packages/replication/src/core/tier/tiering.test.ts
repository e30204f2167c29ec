import { beforeEach, describe, expect, it } from 'vitest';
import { msgpackRecordCodec } from '../../codec/record-codec.js';
import type { OwnerCall } from '../calls/calls.js';
import type { CoreEffect, CoreEvent } from '../events.js';
import { LIMITS } from '../limits.js';
import type { EncodedCopy } from '../messages.js';
import { NodeCore } from '../node-core.js';
import { decodeCopy } from '../record/content.js';
import type { OwnedRecord } from '../record/record.js';
import { TIMINGS } from '../timings.js';
import type { TierEffect, TierOutcome } from './tier-port.js';

const HOUR_MS = 3_600_000;
const FLUSH_MS = 200;

type Write = Extract<TierEffect, { kind: 'tier-write' }>;

/** One node and its tier, whose answers the test gives. */
class TieredNode {
  nowMs = 0;
  effects: CoreEffect[] = [];
  readonly core: NodeCore;
  #calls = 0;

  constructor(
    mode: 'write-behind' | 'write-through',
    readonly id = 'a',
  ) {
    const tier = { mode, flushMs: FLUSH_MS, waitMs: 1000 };
    const timings = TIMINGS.local;
    const settings = { id, label: id, weight: 1, backups: 0, timings, tier } as const;
    const codec = msgpackRecordCodec;
    this.core = new NodeCore({ ...settings, onIsolation: 'serve' }, codec, `${id}~1`, 0);
    this.tick(FLUSH_MS);
  }

  tick(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs += 20;
      this.step({ kind: 'tick', nowMs: this.nowMs });
    }
  }

  step(event: CoreEvent): void {
    this.effects.push(...this.core.step(event));
  }

  call(make: (counter: number) => OwnerCall): void {
    const id = ++this.#calls;
    const deadlineMs = this.nowMs + 5000;
    this.step({ kind: 'call', nowMs: this.nowMs, id, call: make(id), hints: [], deadlineMs });
  }

  create(key: string): void {
    this.call((counter) => ({
      kind: 'create',
      key,
      id: { origin: 'a~1', counter, watermark: counter },
      data: {},
      system: {},
      idleTimeoutMs: HOUR_MS,
      absoluteTimeoutMs: HOUR_MS,
      durability: 'backup',
    }));
  }

  change(key: string, name = 'n'): void {
    this.call((counter) => ({
      kind: 'commit',
      key,
      id: { origin: `${this.id}~1`, counter, watermark: counter },
      base: { epoch: 1, seq: 0 },
      operations: [{ kind: 'increment', path: ['data', name], by: 1 }],
      exact: false,
      durability: 'backup',
    }));
  }

  login(key: string, to: string): void {
    this.call((counter) => ({
      kind: 'rotate',
      key,
      to,
      id: { origin: 'a~1', counter, watermark: counter },
      base: { epoch: 1, seq: 0 },
      operations: [],
      acrossLogin: true,
      durability: 'backup',
    }));
  }

  /** What the tier was asked since this was last looked at. */
  asked(): TierEffect[] {
    const asked = this.effects.filter((effect): effect is TierEffect =>
      effect.kind.startsWith('tier-'),
    );
    this.effects = this.effects.filter((effect) => !effect.kind.startsWith('tier-'));
    return asked;
  }

  answer(effects: readonly TierEffect[], kind: 'stored' | 'failed'): void {
    const { nowMs } = this;
    for (const effect of effects) {
      if (effect.kind === 'tier-write') {
        const version = { epoch: effect.copy.epoch, seq: effect.copy.seq };
        this.step({ kind: 'tier-written', nowMs, key: effect.key, version, outcome: { kind } });
      } else if (effect.kind === 'tier-bury') {
        const { key } = effect.buried;
        this.step({ kind: 'tier-buried', nowMs, key, done: kind === 'stored' });
      }
    }
  }

  /** The next write, which the tier is yet to answer. */
  write(): Write {
    this.tick(FLUSH_MS);
    const [asked, ...others] = this.asked();
    if (asked?.kind !== 'tier-write' || others.length > 0) throw new Error('expected one write');
    return asked;
  }

  /** What the tier says instead of taking a write, and what is found when it is read then. */
  refuse(write: Write, outcome: TierOutcome, found: EncodedCopy): void {
    const { nowMs } = this;
    const { key, copy } = write;
    const version = { epoch: copy.epoch, seq: copy.seq };
    this.step({ kind: 'tier-written', nowMs, key, version, outcome });
    this.tick(3 * FLUSH_MS);
    // Nothing is written over it before it is known.
    expect(this.asked()).toEqual([{ kind: 'tier-read', key }]);
    this.find(key, found);
  }

  find(key: string, copy: EncodedCopy): void {
    this.step({ kind: 'tier-found', nowMs: this.nowMs, key, found: { kind: 'copy', copy } });
  }

  settled(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'settle' ? effect.result.kind : []));
  }
}

describe('a call that waits for the tier', () => {
  it('is answered although the node got another name meanwhile (skew, seed 2032)', () => {
    const node = new TieredNode('write-behind');
    node.call(() => ({ kind: 'open', key: 'x' }));
    expect(node.asked()).toMatchObject([{ kind: 'tier-read', key: 'x' }]);
    node.step({ kind: 'reborn', nowMs: node.nowMs, incarnation: 'a~2' });
    const found = { kind: 'none' } as const;
    node.step({ kind: 'tier-found', nowMs: node.nowMs, key: 'x', found });
    expect(node.settled()).toEqual(['unknown']);
  });

  it('finds what came to this node meanwhile (sides, seed 748)', () => {
    const node = new TieredNode('write-behind');
    node.call(() => ({ kind: 'open', key: 'x' }));
    expect(node.asked()).toMatchObject([{ kind: 'tier-read', key: 'x' }]);
    node.create('x');
    const found = { kind: 'none' } as const;
    node.step({ kind: 'tier-found', nowMs: node.nowMs, key: 'x', found });
    expect(node.settled()).toEqual(['committed', 'record']);
  });
});

describe('a node that writes behind', () => {
  let node: TieredNode;
  beforeEach(() => {
    node = new TieredNode('write-behind');
  });

  it('writes many changes of one session as one, and answers none of them later for it', () => {
    node.create('s');
    for (let n = 0; n < 50; n++) node.change('s');
    expect(node.settled()).toHaveLength(51);
    node.tick(FLUSH_MS);
    expect(node.asked()).toMatchObject([{ kind: 'tier-write', key: 's', copy: { seq: 50 } }]);
  });

  it('has one write of a session under way, and writes what changed meanwhile afterwards', () => {
    node.create('s');
    node.tick(FLUSH_MS);
    const first = node.asked();
    node.change('s');
    node.tick(3 * FLUSH_MS);
    expect(node.asked()).toEqual([]);
    node.answer(first, 'stored');
    node.tick(FLUSH_MS);
    expect(node.asked()).toMatchObject([{ copy: { seq: 1 } }]);
  });

  it('takes a session for written when the tier says so, not when it was sent', () => {
    node.create('s');
    node.tick(FLUSH_MS);
    const version = { epoch: 1, seq: 0 };
    expect(node.core.tiering.isStored('s', version)).toBe(false);
    node.answer(node.asked(), 'failed');
    expect(node.core.tiering.isStored('s', version)).toBe(false);
    node.tick(2 * FLUSH_MS);
    node.answer(node.asked(), 'stored');
    expect(node.core.tiering.isStored('s', version)).toBe(true);
    expect(node.core.tiering.isStored('s', { epoch: 1, seq: 1 })).toBe(false);
    expect(node.core.tiering.isSettled).toBe(true);
  });

  it('writes a session at once when memory wants its room', () => {
    node.create('s');
    node.core.tiering.request(node.core.records.get('s') as OwnedRecord);
    // It is on its way, so the next flush has nothing to write.
    node.tick(FLUSH_MS);
    expect(node.asked()).toEqual([]);
    expect(node.core.tiering.unwritten).toBe(1);
  });

  it('bounds what is under way, however long the tier is silent', () => {
    const sessions = 3 * LIMITS.tierWritesInFlight;
    for (let n = 0; n < sessions; n++) node.create(`s${n}`);
    node.tick(20 * FLUSH_MS);
    const asked = node.asked();
    expect(asked).toHaveLength(LIMITS.tierWritesInFlight);
    expect(node.core.tiering.unwritten).toBe(sessions);
    node.answer(asked, 'failed');
    node.tick(20 * FLUSH_MS);
    expect(node.asked()).toHaveLength(LIMITS.tierWritesInFlight);
  });
});

describe('a rotation across a login', () => {
  it('has the successor in the tier before the predecessor is buried there', () => {
    const node = new TieredNode('write-behind');
    node.create('old');
    node.tick(FLUSH_MS);
    node.answer(node.asked(), 'stored');
    node.login('old', 'new');
    const write = node.asked();
    expect(write).toMatchObject([{ kind: 'tier-write', key: 'new' }]);
    expect(node.settled()).toEqual(['committed']);
    node.answer(write, 'stored');
    const burial = node.asked();
    expect(burial).toMatchObject([{ kind: 'tier-bury', buried: { key: 'old' } }]);
    expect(node.settled()).toEqual(['committed']);
    node.answer(burial, 'stored');
    expect(node.settled()).toEqual(['committed', 'committed']);
  });
});

describe('a node that writes through', () => {
  it('answers a commit when the tier has it, and several that wait with one write', () => {
    const node = new TieredNode('write-through');
    node.create('s');
    for (let n = 0; n < 10; n++) node.change('s');
    const first = node.asked();
    expect(first).toMatchObject([{ copy: { seq: 0 } }]);
    expect(node.settled()).toEqual([]);
    node.answer(first, 'stored');
    expect(node.settled()).toHaveLength(1);
    const second = node.asked();
    expect(second).toMatchObject([{ copy: { seq: 10 } }]);
    node.answer(second, 'stored');
    expect(node.settled()).toHaveLength(11);
  });

  it('answers a commit that a login took with it when the tier has the successor', () => {
    const node = new TieredNode('write-through');
    node.create('old');
    node.answer(node.asked(), 'stored');
    node.change('old');
    const before = node.asked();
    node.login('old', 'new');
    node.answer(before, 'stored');
    expect(node.settled()).toEqual(['committed']);
    node.tick(FLUSH_MS);
    const after = node.asked();
    expect(after).toMatchObject([{ kind: 'tier-write', key: 'new', copy: { seq: 2 } }]);
    node.answer(after, 'stored');
    expect(node.settled()).toEqual(['committed', 'committed']);
  });
});

/** Found by the simulation: profile sides, seed 31. */
describe('two nodes that share nothing but the tier', () => {
  const KEY = 's'.padEnd(43, 'A');

  const dataIn = ({ copy }: Write) =>
    decodeCopy(msgpackRecordCodec, copy.base, copy.tail, 0, copy).document.data;

  /** One leads 1.1, which the tier has; the other went on from 1.0, and writes 2.1. */
  function meet(nameOfA = 'x', nameOfB = 'y') {
    const [a, b] = [new TieredNode('write-behind', 'a'), new TieredNode('write-behind', 'b')];
    a.create(KEY);
    const created = a.write();
    a.answer([created], 'stored');
    b.call(() => ({ kind: 'open', key: KEY }));
    b.asked();
    b.find(KEY, created.copy);
    a.change(KEY, nameOfA);
    const ofA = a.write();
    // Later by its clock: of the one that has missed nobody only the time of its last change is known.
    b.tick(10 * FLUSH_MS);
    b.answer(b.asked(), 'failed');
    b.change(KEY, nameOfB);
    return { a, b, ofA, ofB: b.write() };
  }

  it('merge what the one has written before the other writes over it', () => {
    const { b, ofA, ofB } = meet();
    expect(ofB).toMatchObject({ copy: { epoch: 2 }, contains: [{ epoch: 1, seq: 0 }] });
    b.refuse(ofB, { kind: 'apart', version: { epoch: 1, seq: 1 } }, ofA.copy);
    const merged = b.write();
    expect(dataIn(merged)).toEqual({ x: 1, y: 1 });
    expect(merged).toMatchObject({ copy: { epoch: 2 }, contains: [{ epoch: 1, seq: 1 }] });
  });

  it('merge what the other has written when it is ahead, and go past it', () => {
    const { a, ofA, ofB } = meet();
    a.refuse(ofA, { kind: 'older', version: { epoch: 2, seq: 1 } }, ofB.copy);
    const merged = a.write();
    expect(dataIn(merged)).toEqual({ x: 1, y: 1 });
    const contains = [
      { epoch: 1, seq: 1 },
      { epoch: 2, seq: ofB.copy.seq },
    ];
    expect(merged).toMatchObject({ copy: { epoch: 3 }, contains });
  });

  it('add up what both have counted since the version they share', () => {
    const { a, ofA, ofB } = meet('n', 'n');
    a.refuse(ofA, { kind: 'older', version: { epoch: 2, seq: 1 } }, ofB.copy);
    expect(dataIn(a.write())).toEqual({ n: 2 });
  });

  it('say that their own epoch is theirs once the tier has taken some of it', () => {
    const { b, ofB } = meet();
    b.answer([ofB], 'stored');
    b.change(KEY, 'y');
    const { contains, copy } = b.write();
    expect(contains).toEqual([
      { epoch: 1, seq: 0 },
      { epoch: 2, seq: copy.seq },
    ]);
  });

  it('keep the session when what the tier holds cannot be read, and write over it', () => {
    const { a, ofA, ofB } = meet();
    const unreadable = { ...ofB.copy, base: new Uint8Array([0xc1]) };
    a.refuse(ofA, { kind: 'older', version: { epoch: 2, seq: 1 } }, unreadable);
    const written = a.write();
    expect(written.copy.epoch).toBe(3);
    expect(dataIn(written)).toEqual({ x: 1 });
  });
});
