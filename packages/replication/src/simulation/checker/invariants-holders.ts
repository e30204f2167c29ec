import { compareLineages, type Lineage, type OwnedRecord } from '../../core/record/record.js';
import type { SimProcess } from '../sim-process.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';

/**
 * I5: whatever an owner takes for acknowledged, that backup has, for as long as it lives. A copy of
 * a higher lineage, a promise to one, or a tombstone is more than that.
 */
export function* checkHolders(world: World): Generator<Violation> {
  const { processes } = world;
  for (const owner of processes) {
    for (const record of owner.core.records.values()) {
      if (record.role === 'owner') yield* checkRecord(world, processes, owner, record);
    }
  }
}

function* checkRecord(
  world: World,
  processes: readonly SimProcess[],
  owner: SimProcess,
  record: OwnedRecord,
): Generator<Violation> {
  const { key, epoch } = record;
  const lineage: Lineage = { epoch, owner: owner.core.self };
  for (const [backup, { ackedSeq }] of record.backups) {
    if (ackedSeq < 0) continue;
    const holder = processes.find(({ core }) => core.self === backup);
    if (!holder || isAhead(holder, key, lineage)) continue;
    const held = holder.core.records.get(key);
    if (held?.role === 'backup' && compareLineages(held, lineage) === 0 && held.seq >= ackedSeq) {
      continue;
    }
    const has = held ? `${held.epoch}.${held.seq}` : 'nothing';
    const text = `${owner.id} takes ${epoch}.${ackedSeq} for held by ${holder.id}, which has ${has}`;
    yield { rule: 'I5-not-held', atMs: world.scheduler.nowMs, key, text };
  }
}

function isAhead({ core }: SimProcess, key: string, lineage: Lineage): boolean {
  if (core.tombstone(key)) return true;
  const promised = core.promises.get(key);
  if (promised && compareLineages(promised, lineage) > 0) return true;
  const held = core.records.get(key);
  if (!held) return false;
  return held.role === 'owner' || compareLineages(held, lineage) > 0;
}
