import { mintPlacedId } from '../identity/session-id.js';
import { lifetimeOf } from '../lifetime/lifetime.js';
import type { ExchangeState } from './exchange-state.js';
import { LiveSession } from './live-session.js';

/**
 * The answer to a login was lost, and the same request comes again, to the letter and soon, under the
 * id from before. The session gets one more id, the one that never arrived is buried, and the first
 * outcome is told (the failure prevented: the repetition finds its session ended, signs in to an
 * empty one, and the cart is gone). Undefined when there was no such login. Rejects as the engine does.
 */
export async function repeatLostLogin(
  state: ExchangeState,
  key: string,
  fingerprint: string,
): Promise<Uint8Array | undefined> {
  const { runtime, cookies, durability } = state;
  const { store, policy } = runtime;
  for (const { key: from } of cookies.ids) {
    const reserved = await store.reserve(from, key, fingerprint);
    if (reserved.status !== 'rotated') continue;
    const minted = mintPlacedId(runtime.randomBytes, store);
    const result = await store.rotate({
      from,
      to: minted.key,
      base: { epoch: 0, seq: 0 },
      operations: [],
      acrossLogin: true,
      durability,
      // Only finds the entry of the first time: nothing is remembered under it again.
      journal: { key, fingerprint, outcome: new Uint8Array() },
    });
    if (result.status !== 'committed' || !result.replayed) continue;
    const { version, document, owner, backups } = result;
    const lifetime = lifetimeOf(document.system, policy, runtime.now());
    const deadlines = {
      idleRemainingMs: lifetime.idleTimeoutMs,
      absoluteRemainingMs: lifetime.absoluteTimeoutMs,
    };
    const snapshot = { key: minted.key, version, document, owner, backups, ...deadlines };
    const opened = { kind: 'present', snapshot, route: undefined, newId: minted.id } as const;
    state.live = new LiveSession(runtime, opened, state.client);
    runtime.emit({ kind: 'rotated', session: minted.key, previous: from });
    return result.replayed.outcome;
  }
  return undefined;
}
