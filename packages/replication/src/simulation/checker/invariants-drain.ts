import type { Stamp } from '../../core/record/lineage-past.js';
import { compareLineages, type SessionRecord } from '../../core/record/record.js';
import type { SimProcess } from '../sim-process.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';
import { wasDisturbed } from './excuses.js';

/**
 * I19: a node that was drained and leaves in time has left nothing behind: whatever it held is on as
 * many of the others as it should be, in the same state or a later one.
 */
export function* checkLeaving(world: World, leaving: SimProcess): Generator<Violation> {
  const atMs = world.scheduler.nowMs;
  const others = world.processes.filter((other) => other !== leaving && other.phase === 'serving');
  const isAlone = !wasDisturbed(
    world.faults.filter((fault) => !('node' in fault && fault.node === leaving.id)),
    atMs,
    atMs,
  );
  if (!isAlone || others.length === 0) return;
  const wanted = Math.min(world.settings.backups + 1, others.length);
  for (const record of leaving.core.records.values()) {
    const { key } = record;
    const former = record.seq === 0 ? formerOf(others, key) : undefined;
    const found = others.filter(
      (other) => hasAsMuch(other, key, record, leaving) || hasFormer(other, key, former),
    ).length;
    if (found >= wanted) continue;
    const stamp = `${record.epoch}.${record.seq}`;
    const text = `${leaving.id} leaves with ${stamp} as ${record.role}, which ${found} of ${wanted} others have`;
    yield { rule: 'I19-left-early', atMs, key, text };
  }
}

/** What the present owner took over, with the same contents as the first state of its own lineage. */
function formerOf(others: readonly SimProcess[], key: string): Stamp | undefined {
  const records = others.map(({ core }) => core.records.get(key));
  return records.find((record) => record?.role === 'owner')?.adoptedFrom;
}

/** Not told of the handover yet, and lacks nothing (rolling, seed 4023). */
function hasFormer({ core }: SimProcess, key: string, former: Stamp | undefined): boolean {
  const held = core.records.get(key);
  if (held?.role !== 'backup' || !former) return false;
  return compareLineages(held, former) === 0 && held.seq >= former.seq;
}

function hasAsMuch(
  { core }: SimProcess,
  key: string,
  record: SessionRecord,
  leaving: SimProcess,
): boolean {
  if (core.tombstone(key)) return true;
  const held = core.records.get(key);
  if (!held) return false;
  const own = {
    epoch: record.epoch,
    owner: record.role === 'owner' ? leaving.core.self : record.owner,
  };
  const other = { epoch: held.epoch, owner: held.role === 'owner' ? core.self : held.owner };
  return (compareLineages(other, own) || held.seq - record.seq) >= 0;
}
