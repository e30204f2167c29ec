import type { CoreEffect } from '../../core/events.js';
import type { LinkEntry } from '../../core/messages.js';
import type { Version } from '../../core/record/version.js';
import type { SimProcess } from '../sim-process.js';
import type { World } from '../world.js';
import type { Violation } from './evidence.js';

/**
 * I1: a grant is final. Who has granted the next epoch of a record numbers no more changes in its own,
 * or two nodes write at the same time: what the old one answers for, the new one does not have.
 */
export class GrantWatch {
  /** By lineage and key: the last change that was granted away. */
  readonly #granted = new Map<string, number>();

  *watch(
    world: World,
    { id, core }: SimProcess,
    effects: readonly CoreEffect[],
  ): Generator<Violation> {
    for (const effect of effects) {
      if (effect.kind !== 'send') continue;
      const { message } = effect;
      if (message.kind === 'grant') {
        const { key, from } = message;
        this.#granted.set(`${core.self} ${from.epoch} ${key}`, from.seq);
      }
      if (message.kind !== 'replicate') continue;
      for (const entry of message.entries) {
        const change = changeOf(entry, core.self);
        if (!change) continue;
        const { key, epoch, seq } = change;
        const granted = this.#granted.get(`${core.self} ${epoch} ${key}`);
        if (granted === undefined || seq <= granted) continue;
        const text = `${id} numbered ${epoch}.${seq}, and had granted the record at ${granted}`;
        yield { rule: 'I1-changed-after-grant', atMs: world.scheduler.nowMs, key, text };
      }
    }
  }
}

/** The change that an entry carries or a copy is at, when it is of this node's own lineage. */
function changeOf(
  entry: LinkEntry,
  self: string,
): (Version & { readonly key: string }) | undefined {
  if (entry.kind === 'delta') return entry;
  if (entry.kind !== 'snapshot' || entry.copy.owner !== self) return undefined;
  const { epoch, seq } = entry.copy;
  return { key: entry.key, epoch, seq };
}
