import { msgpackRecordCodec } from '../../codec/record-codec.js';
import type { Message } from '../../core/messages.js';
import { decodeCopy } from '../../core/record/content.js';
import { compareLineages, type Lineage, type SessionRecord } from '../../core/record/record.js';
import type { SimProcess } from '../sim-process.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';

interface Stamp extends Lineage {
  readonly seq: number;
}

type Frame = Extract<Message, { kind: 'replicate' }>;

/** What a node held of the keys in a frame, before it was applied. */
export type Before = ReadonlyMap<string, Stamp | undefined>;

export function stampsBefore(process: SimProcess, frame: Frame): Before {
  const before = new Map<string, Stamp | undefined>();
  for (const entry of frame.entries) {
    if ('key' in entry) before.set(entry.key, stampOf(process.core.records.get(entry.key)));
  }
  return before;
}

/** I2 and I4: nothing of a lineage is taken after a promise to a higher one, and no number is left out. */
export function* checkApplied(
  world: World,
  process: SimProcess,
  frame: Frame,
  stampsBefore: Before,
): Generator<Violation> {
  const atMs = world.scheduler.nowMs;
  for (const [key, before] of stampsBefore) {
    const after = stampOf(process.core.records.get(key));
    if (!after || (before && compareLineages(before, after) === 0 && before.seq === after.seq)) {
      continue;
    }
    const stamp = `${after.epoch}.${after.seq}`;
    const promised = process.core.promises.get(key);
    if (promised && compareLineages(promised, after) > 0) {
      const text = `${process.id} took ${stamp} of ${after.owner}, having promised ${promised.epoch}@${promised.owner}`;
      yield { rule: 'I2-fenced-applied', atMs, key, text };
    }
    const hole = findHole(before, after, key, frame);
    if (hole === undefined) continue;
    const text = `${process.id} went from ${before?.epoch}.${before?.seq} to ${stamp} without ${hole}`;
    yield { rule: 'I4-hole', atMs, key, text };
  }
}

function stampOf(record: SessionRecord | undefined): Stamp | undefined {
  if (record?.role !== 'backup') return undefined;
  const { epoch, owner, seq } = record;
  return { epoch, owner, seq };
}

/** I3: a number means the same contents everywhere. */
export class StampWatch {
  /** The contents behind each stamp. */
  readonly #contents = new Map<string, string>();
  /** Stamps compared already, by node. */
  readonly #compared = new WeakMap<SimProcess, Map<string, string>>();

  *look(world: World): Generator<Violation> {
    const atMs = world.scheduler.nowMs;
    for (const process of world.processes) {
      const compared = mapOf(this.#compared, process);
      for (const record of process.core.records.values()) {
        const { key } = record;
        const owner = record.role === 'owner' ? process.core.self : record.owner;
        const stamp = `${record.epoch}.${record.seq}@${owner}`;
        if (compared.get(key) === stamp) continue;
        compared.set(key, stamp);
        const contents = contentsOf(record, process.core.nowMs);
        const known = this.#contents.get(key + stamp);
        if (known === undefined) this.#contents.set(key + stamp, contents);
        else if (known !== contents) {
          const text = `${stamp} is ${known} and at ${process.id} ${contents}`;
          yield { rule: 'I3-stamp-differs', atMs, key, text };
        }
      }
    }
  }
}

/** The first number that no delta of the frame brought; undefined when a snapshot explains all. */
function findHole(
  before: Stamp | undefined,
  after: Stamp,
  key: string,
  frame: Frame,
): number | undefined {
  const brought = new Set<number>();
  for (const entry of frame.entries) {
    if (!('key' in entry) || entry.key !== key) continue;
    if (entry.kind === 'snapshot' || entry.kind === 'rotate') return undefined;
    if (entry.kind === 'delta') brought.add(entry.seq);
  }
  if (!before || compareLineages(before, after) !== 0) return after.seq;
  for (let seq = before.seq + 1; seq <= after.seq; seq++) if (!brought.has(seq)) return seq;
  return undefined;
}

function contentsOf(record: SessionRecord, nowMs: number): string {
  if (record.role === 'owner') return JSON.stringify(record.content.document);
  return JSON.stringify(decodeCopy(msgpackRecordCodec, record.base, record.tail, nowMs).document);
}

function mapOf<V>(maps: WeakMap<SimProcess, Map<string, V>>, process: SimProcess): Map<string, V> {
  let map = maps.get(process);
  if (!map) {
    map = new Map();
    maps.set(process, map);
  }
  return map;
}
