import type { CoreEffect, CoreEvent, CoreNotice } from '../../core/events.js';
import type { Message } from '../../core/messages.js';
import type { OwnedRecord } from '../../core/record/record.js';
import type { SimProcess } from '../sim-process.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';
import { mayBeSplit, wasDisturbed } from './excuses.js';

/** What one step can show. */
export function* stepInvariants(
  world: World,
  process: SimProcess,
  event: CoreEvent,
  effects: readonly CoreEffect[],
): Generator<Violation> {
  const atMs = world.scheduler.nowMs;
  for (const effect of effects) {
    if (effect.kind === 'rebirth' && !wasDisturbed(world.faults, 0, atMs)) {
      yield { rule: 'buried-alive', atMs, text: `${process.id} was well and declared dead` };
    } else if (effect.kind === 'send') {
      yield* checkDrops(world, process, effect.message);
    } else if (effect.kind === 'notice') {
      yield* checkNotice(world, process, event, effect.notice);
    }
  }
}

/** I7: a copy is let go only when another backup has all that was answered for. */
function* checkDrops(world: World, process: SimProcess, message: Message): Generator<Violation> {
  if (message.kind !== 'replicate') return;
  for (const entry of message.entries) {
    if (entry.kind !== 'drop') continue;
    const record = process.core.records.get(entry.key);
    if (record?.role !== 'owner' || record.epoch !== entry.epoch) continue;
    const progress = [...record.backups.values()];
    const isHeld = progress.some(({ ackedSeq }) => ackedSeq >= record.answeredSeq);
    if (isHeld || progress.length === 0) continue;
    // An older word of a backup that it has nothing may come after its acknowledgement (sides, seed 97).
    if (isHeldAnywhere(world, process, record)) continue;
    const text = `${process.id} lets a copy go, and no other has ${record.epoch}.${record.answeredSeq}`;
    yield { rule: 'I7-dropped-early', atMs: world.scheduler.nowMs, key: entry.key, text };
  }
}

function isHeldAnywhere(world: World, owner: SimProcess, record: OwnedRecord): boolean {
  return world.processes.some(({ core }) => {
    const held = core.records.get(record.key);
    if (held?.role !== 'backup' || held.owner !== owner.core.self) return false;
    return held.epoch === record.epoch && held.seq >= record.answeredSeq;
  });
}

function* checkNotice(
  world: World,
  process: SimProcess,
  event: CoreEvent,
  notice: CoreNotice,
): Generator<Violation> {
  const atMs = world.scheduler.nowMs;
  const { core, id } = process;
  if (notice.kind === 'member' && event.kind !== 'message' && !core.busConnected) {
    const member = core.membership.members.get(notice.incarnation);
    if (member?.status === 'dead') {
      const text = `${id} declared ${notice.incarnation} dead without a bus`;
      yield { rule: 'judged-while-cut-off', atMs, text };
    }
  }
  if (notice.kind === 'takeover') yield* checkTakeover(world, process, notice);
}

/** I21: nobody takes a record over from a copy that is older than one it can reach. */
function* checkTakeover(
  world: World,
  process: SimProcess,
  { key, from }: Extract<CoreNotice, { kind: 'takeover' }>,
): Generator<Violation> {
  const atMs = world.scheduler.nowMs;
  const record = process.core.records.get(key);
  const found = record?.role === 'owner' ? record.history[0] : undefined;
  if (!record || !found || mayBeSplit(world.faults, atMs, atMs)) return;
  for (const other of world.processes) {
    if (other === process || other.paused || !other.core.busConnected) continue;
    // Whoever declared it dead does not ask it; it is told so when it speaks.
    if (!process.core.membership.isLive(other.core.self)) continue;
    const copy = other.core.records.get(key);
    if (copy?.role !== 'backup' || copy.epoch >= record.epoch) continue;
    // Of one epoch, two lineages are ordered by their owners, whatever they number.
    const isSame = copy.epoch === found.epoch && copy.owner.startsWith(`${from}~`);
    const isNewer = copy.epoch > found.epoch || (isSame && copy.seq > found.seq);
    if (!isNewer) continue;
    const text = `${process.id} took over from ${found.epoch}.${found.seq}; ${other.id} has ${copy.epoch}.${copy.seq}`;
    yield { rule: 'I21-older-promoted', atMs, key, text };
  }
}
