import { reportSafeWrite } from '../csrf/report-safe-write.js';
import { SessionUsageError } from '../errors.js';
import { PROBLEM_CONTENT_TYPE } from '../http/contract.js';
import type { Replacement, ResponseDraft, Settlement } from '../http/settlement.js';
import { encodeOutcome, isRemembered, replayOutcome } from '../idempotency/outcome.js';
import { signIdCookie, type VerifiedId } from '../identity/id-cookie.js';
import type { SessionId } from '../identity/session-id.js';
import { type SessionRoute, sameRoute } from '../route/route-cookie.js';
import { commitOptions, type ExchangeState, isPassive, requestName } from './exchange-state.js';
import { cookiesForbidden } from './presented-cookies.js';
import { type ResponseFacts, responseEffects } from './response-effects.js';
import { toSessionError } from './store-errors.js';

/**
 * Decides about a response before its first byte: stores what the request changed and says what
 * the client is told. A response of 500 or more stores nothing; one whose change could not be
 * stored is replaced by the problem. Synchronous when there is nothing to store.
 */
export function settleResponse(
  state: ExchangeState,
  draft: ResponseDraft,
): Settlement | Promise<Settlement> {
  state.headersGone = true;
  if (state.replay) return settlement(state, state.replay);
  if (draft.status >= 500) {
    release(state);
    state.live.discard();
    return settlement(state);
  }
  try {
    reportSafeWrite(state);
    if (!state.reservation && !state.live.changed) {
      touch(state);
      return settlement(state);
    }
  } catch (error) {
    return refuse(state, error);
  }
  return settleChange(state, draft);
}

async function settleChange(state: ExchangeState, draft: ResponseDraft): Promise<Settlement> {
  const { live, reservation } = state;
  try {
    if (live.presence.kind === 'ended') {
      release(state);
      return settlement(state);
    }
    if (!state.cookies.names) throw new SessionUsageError(cookiesForbidden(state.facts));
    const remembered = reservation !== undefined && isRemembered(draft.status);
    const journal = remembered ? { ...reservation, outcome: outcomeOf(state, draft) } : undefined;
    const result = await live.commit({ ...commitOptions(state, { renew: true }), journal });
    if (result.kind === 'replayed') return settlement(state, replayOutcome(result.outcome));
    if (!remembered) release(state);
    if (result.kind === 'unchanged') touch(state);
    return settlement(state);
  } catch (error) {
    return refuse(state, error);
  }
}

/** A keyed request that was refused before its handler ran leaves no outcome behind. */
export function release(state: ExchangeState): void {
  const { reservation, live, runtime } = state;
  state.reservation = undefined;
  if (reservation && live.presence.kind === 'present') {
    runtime.store.release(live.presence.snapshot.key, reservation.key);
  }
}

function outcomeOf(state: ExchangeState, draft: ResponseDraft): Uint8Array {
  const { bytes, complete } = encodeOutcome(draft);
  if (!complete) {
    state.runtime.warnOnce(
      `the outcome of ${requestName(state)} does not fit the idempotency journal: ` +
        'a repetition is answered with its status and Location, without the body',
    );
  }
  return bytes;
}

function touch(state: ExchangeState): void {
  const { presence } = state.live;
  if (presence.kind === 'present' && !isPassive(state)) {
    state.runtime.store.touch(presence.snapshot.key);
  }
}

function refuse(state: ExchangeState, cause: unknown): Settlement {
  const error = toSessionError(cause, true);
  const { logger } = state.runtime;
  const message = `${requestName(state)} was answered ${error.problem.status} ${error.code}`;
  if (error.problem.status >= 500) logger.error(`${message}: ${reason(error)}`);
  else logger.debug(message);
  release(state);
  state.live.discard();
  return settlement(state, {
    status: error.problem.status,
    headers: { ...error.headers, 'Content-Type': PROBLEM_CONTENT_TYPE },
    body: JSON.stringify(error.problem),
  });
}

function reason(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function settlement(state: ExchangeState, replacement?: Replacement): Settlement {
  const { headers, cookies } = responseEffects(responseFacts(state));
  return { headers: { ...headers, ...state.headers }, cookies, replacement };
}

function responseFacts(state: ExchangeState): ResponseFacts {
  const { runtime, cookies, facts, live } = state;
  const { presence } = live;
  return {
    names: cookies.names,
    channel: cookies.channel,
    policy: runtime.policy.cookies,
    secure: facts.secure,
    node: runtime.store.label,
    session: presence.kind === 'present' ? sessionFacts(state, presence) : undefined,
    legacyCookie:
      cookies.legacy.length > 0 ? runtime.legacy?.clearingCookie(facts.secure) : undefined,
    forget: presence.kind === 'ended' && presence.here && cookies.any,
    clearSiteData: runtime.policy.clearSiteData,
    draining: runtime.draining(),
  };
}

function sessionFacts(
  state: ExchangeState,
  { snapshot, copies, newId }: Extract<ExchangeState['live']['presence'], { kind: 'present' }>,
): NonNullable<ResponseFacts['session']> {
  const { runtime, cookies, live, route: known } = state;
  const route: SessionRoute = snapshot;
  const csrf = live.system.get('csrf');
  const { idleTimeoutMs, isPersistent } = live.lifetime.current;
  const { absoluteRemainingMs } = snapshot;
  const idleRemainingMs = isPassive(state)
    ? snapshot.idleRemainingMs
    : Math.min(idleTimeoutMs, absoluteRemainingMs);
  const id = newId === undefined ? knownId(state, snapshot.key) : newIdOf(state, newId);
  return {
    snapshot: { ...snapshot, idleRemainingMs },
    copies,
    // The browser keeps them for as long as the session may live; when it ends is not theirs to say.
    maxAgeSeconds: isPersistent ? Math.floor(absoluteRemainingMs / 1000) : undefined,
    idCookie: runtime.sealed
      ? runtime.sealed.newToken
      : id && signIdCookie(id.id, id.issuedAtSeconds, runtime.idKeys),
    routeCookie:
      !id && sameRoute(known, route) ? undefined : runtime.routes.build(route, snapshot.key),
    csrfCookie: typeof csrf === 'string' && (id || !cookies.csrf.includes(csrf)) ? csrf : undefined,
    adoptedFrom:
      known && known.owner !== snapshot.owner && snapshot.owner === runtime.store.label
        ? runtime.adoptedFrom(snapshot.key)
        : undefined,
  };
}

type PresentId = Pick<VerifiedId, 'id' | 'issuedAtSeconds'>;

function newIdOf({ runtime }: ExchangeState, id: SessionId): PresentId {
  return { id, issuedAtSeconds: Math.floor(runtime.now() / 1000) };
}

/** The id the client has, when its cookies must be given anew: whether they outlive it has changed. */
function knownId(
  { cookies, live, wasPersistent }: ExchangeState,
  key: string,
): PresentId | undefined {
  if (live.lifetime.current.isPersistent === wasPersistent) return undefined;
  return cookies.ids.find((presented) => presented.key === key);
}
