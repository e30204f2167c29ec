import { msgpackRecordCodec } from '../codec/record-codec.js';
import { leakedBytes } from '../core/memory/slab-audit.js';
import { decodeCopy } from '../core/record/content.js';
import type {
  OwnedRecord,
  RecordContent,
  RecordKind,
  SessionRecord,
} from '../core/record/record.js';
import type { SessionDocument } from '../core/values/values.js';
import type { World } from './world.js';

export interface DumpedRecord {
  readonly node: string;
  readonly incarnation: string;
  readonly key: string;
  readonly role: 'owner' | 'backup';
  readonly epoch: number;
  readonly seq: number;
  readonly owner: string;
  /** Holders that acknowledged everything; of owned records only. */
  readonly complete: readonly string[];
  readonly backups: readonly string[];
  readonly kind: RecordKind;
  readonly document: SessionDocument;
}

export interface Dump {
  readonly atMs: number;
  readonly nodes: readonly {
    readonly id: string;
    readonly callsUnderWay: number;
    /** In the slabs, and of no record. */
    readonly leakedBytes: number;
  }[];
  readonly records: ReadonlyMap<string, readonly DumpedRecord[]>;
  /** Where each key is buried. */
  readonly buriedAt: ReadonlyMap<string, readonly string[]>;
}

/** What every live node holds, decoded. */
export function takeDump(world: World, keys: readonly string[]): Dump {
  const records = new Map<string, DumpedRecord[]>();
  const buriedAt = new Map<string, string[]>();
  for (const { id, core } of world.processes) {
    for (const record of core.records.values()) {
      const dumped = dumpRecord(id, core.self, record, core.nowMs);
      append(records, record.key, dumped);
    }
    for (const key of keys) if (core.tombstone(key)) append(buriedAt, key, id);
  }
  const nodes = world.processes.map(({ id, core }) => ({
    id,
    callsUnderWay: core.router.size,
    leakedBytes: leakedBytes(core.records.values(), core.slabUsage),
  }));
  return { atMs: world.scheduler.nowMs, nodes, records, buriedAt };
}

function dumpRecord(
  node: string,
  incarnation: string,
  record: SessionRecord,
  nowMs: number,
): DumpedRecord {
  const { key, role, epoch, seq } = record;
  const { document, kind } = contentOf(record, nowMs);
  const shared = { node, incarnation, key, role, epoch, seq, kind, document };
  if (record.role === 'backup') {
    return { ...shared, owner: record.owner, complete: [], backups: record.backups };
  }
  const backups = [...record.backups.keys()];
  return { ...shared, owner: incarnation, complete: completeBackups(record), backups };
}

function contentOf(record: SessionRecord, nowMs: number): RecordContent {
  return record.role === 'owner'
    ? record.content
    : decodeCopy(msgpackRecordCodec, record.base, record.tail, nowMs);
}

function completeBackups(record: OwnedRecord): string[] {
  return [...record.backups]
    .filter(([, progress]) => progress.ackedSeq >= record.seq)
    .map(([holder]) => holder);
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
