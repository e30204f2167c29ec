import {
  IdempotencyInProgressError,
  IdempotencyMismatchError,
  SessionEndedError,
} from '../errors.js';
import { isOutcomeOf, replayOutcome } from '../idempotency/outcome.js';
import type { ExchangeState } from './exchange-state.js';
import { repeatLostLogin } from './repeat-login.js';
import { toSessionError } from './store-errors.js';

/** What a client waits before it asks again for the outcome of a request that still runs. */
export const IN_PROGRESS_RETRY_SECONDS = 1;

/**
 * Reserves an idempotency key before the handler runs. True: go on. False: the first outcome is
 * known and will be the response, whatever is sent. A client without a session gets one first, so
 * that its key has a place to live.
 *
 * Throws `IdempotencyInProgressError`, `IdempotencyMismatchError`, `SessionEndedError`, or what the
 * engine's failure is to a client before anything ran.
 */
export async function reserveKey(
  state: ExchangeState,
  key: string,
  fingerprint: string,
): Promise<boolean> {
  if (state.reservation?.key === key || state.replay) return state.replay === undefined;
  const { presence } = state.live;
  const isEnded = presence.kind === 'absent' && presence.why === 'ended';
  if (isEnded && (await replayLostLogin(state, key, fingerprint))) return false;
  const result = await beforeHandler(async () => {
    const { live, runtime } = state;
    if (live.presence.kind !== 'present') {
      live.requireRecord();
      await live.commit({ durability: state.durability });
    }
    return runtime.store.reserve(live.key(), key, fingerprint);
  });
  switch (result.status) {
    case 'reserved':
      state.reservation = { key, fingerprint };
      return true;
    case 'in-progress':
      throw new IdempotencyInProgressError(IN_PROGRESS_RETRY_SECONDS);
    case 'rotated':
      // Its first sending was still under way when the session was opened (the failure prevented: what
      // a balancer sends once more when a node dies is told that its own sign-in has ended the session).
      if (await replayLostLogin(state, key, fingerprint)) return false;
      throw new SessionEndedError();
    case 'destroyed':
      throw new SessionEndedError();
    case 'replayed':
      if (result.entry.fingerprint !== fingerprint) throw new IdempotencyMismatchError();
      if (!isOutcomeOf(result.entry.outcome, state.live.facts.principal?.id)) {
        throw new IdempotencyMismatchError('by somebody else');
      }
      state.replay = replayOutcome(result.entry.outcome);
      return false;
  }
}

/** Makes the first outcome the response where this repeats a login whose answer was lost; false: it does not. */
async function replayLostLogin(
  state: ExchangeState,
  key: string,
  fingerprint: string,
): Promise<boolean> {
  const outcome = await beforeHandler(() => repeatLostLogin(state, key, fingerprint));
  if (!outcome) return false;
  state.replay = replayOutcome(outcome);
  return true;
}

async function beforeHandler<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toSessionError(error, false);
  }
}
