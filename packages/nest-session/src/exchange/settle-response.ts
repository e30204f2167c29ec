import { reportSafeWrite } from '../csrf/report-safe-write.js';
import { SessionEndedError, SessionUsageError } from '../errors.js';
import { PROBLEM_CONTENT_TYPE } from '../http/contract.js';
import type { Replacement, ResponseDraft, Settlement } from '../http/settlement.js';
import { encodeOutcome, isRemembered, replayOutcome } from '../idempotency/outcome.js';
import { signIdCookie, type VerifiedId } from '../identity/id-cookie.js';
import type { SessionId } from '../identity/session-id.js';
import { type SessionRoute, sameRoute } from '../route/route-cookie.js';
import type { Change } from './change.js';
import { commitOptions, type ExchangeState, extendsIdle, requestName } from './exchange-state.js';
import type { LiveSession } from './live-session.js';
import type { Absent, Present } from './presence.js';
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
  const { entered } = state;
  if (!entered) return settleUntouched(state, draft);
  if (draft.status >= 500) {
    release(state);
    entered.discard();
    return settlement(state, undefined, draft.status);
  }
  try {
    reportSafeWrite(state);
    // Of another request of the session, for all we know: what is lost must not look stored.
    if (state.revoked?.before?.notice()) throw new SessionEndedError();
    const change = entered.notice();
    if (state.reservation || change) return settleChange(state, entered, draft, change);
    touch(state);
    return settlement(state);
  } catch (error) {
    return refuse(state, error);
  }
}

const NOTHING: Settlement = { headers: {}, cookies: [] };

/** Nobody looked at the session, and the client knows all there is to know. */
function settleUntouched(state: ExchangeState, { status }: ResponseDraft): Settlement {
  const { held, runtime, headers } = state;
  if (held && status < 500 && extendsIdle(state)) runtime.store.touch(held.snapshot.key);
  // What belongs to responses without a session says the other function.
  const isSilent = headers === undefined && !runtime.draining();
  return isSilent && state.cookies.channel === 'cookie' ? NOTHING : settlement(state);
}

async function settleChange(
  state: ExchangeState,
  live: LiveSession,
  draft: ResponseDraft,
  change: Change | undefined,
): Promise<Settlement> {
  const { reservation } = state;
  try {
    if (live.presence.kind === 'ended') {
      release(state);
      return settlement(state);
    }
    if (!state.cookies.names) throw new SessionUsageError(cookiesForbidden(state.facts));
    const remembered = reservation !== undefined && isRemembered(draft.status);
    const journal = remembered ? { ...reservation, outcome: outcomeOf(state, draft) } : undefined;
    const result = await live.commit(commitOptions(state, { renew: true, journal }), change);
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
  const { reservation, entered, runtime } = state;
  state.reservation = undefined;
  if (reservation && entered?.presence.kind === 'present') {
    runtime.store.release(entered.presence.snapshot.key, reservation.key);
  }
}

function outcomeOf(state: ExchangeState, draft: ResponseDraft): Uint8Array {
  const { bytes, complete } = encodeOutcome(draft, state.entered?.facts.principal?.id);
  if (!complete) {
    const route = requestName(state);
    state.runtime.warnings.once(
      'outcome-without-body',
      `the outcome of ${route} does not fit the idempotency journal: ` +
        'a repetition is answered with its status and Location, without the body',
      route,
    );
  }
  return bytes;
}

function touch(state: ExchangeState): void {
  const presence = state.entered?.presence;
  if (presence?.kind === 'present' && extendsIdle(state)) {
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
  state.entered?.discard();
  return settlement(state, {
    status: error.problem.status,
    headers: { ...error.headers, 'Content-Type': PROBLEM_CONTENT_TYPE },
    body: JSON.stringify(error.problem),
  });
}

function reason(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function settlement(
  state: ExchangeState,
  replacement?: Replacement,
  status = replacement?.status ?? 200,
): Settlement {
  const { headers, cookies } = responseEffects(responseFacts(state, status));
  if (state.headers) Object.assign(headers, state.headers);
  return { headers, cookies, replacement };
}

function responseFacts(state: ExchangeState, status: number): ResponseFacts {
  const { runtime, cookies, facts, entered } = state;
  const presence = entered?.presence;
  const isEndedHere = presence?.kind === 'ended' && (presence.here || tellsOfEnd(state));
  return {
    names: cookies.names,
    channel: cookies.channel,
    policy: runtime.policy.cookies,
    secure: facts.secure,
    node: runtime.store.label,
    session:
      entered && presence?.kind === 'present' ? sessionFacts(state, entered, presence) : undefined,
    legacyCookie:
      cookies.legacy.length > 0 && presence?.kind !== 'absent'
        ? runtime.legacy?.clearingCookie(facts.secure)
        : undefined,
    forget:
      (isEndedHere && cookies.any) ||
      (presence?.kind === 'absent' && isDead(state, presence, status)),
    clearSiteData: isEndedHere ? runtime.policy.clearSiteData : undefined,
    draining: runtime.draining(),
  };
}

/** Whether it is this response that makes the client forget what `SessionService` ended. */
function tellsOfEnd({ revoked, runtime }: ExchangeState): boolean {
  return revoked !== undefined && runtime.principals.ends.take(revoked.key);
}

/**
 * The client goes on presenting an id that no node serves any more; without this at every request, each of
 * which asks all nodes and tells that the session was lost. Not the id that a login replaced: the answer
 * to that may be on its way. Nor where nobody could say what became of it, or a token in a cookie, which
 * only a node with another secret may be able to read. Nor where another request of the client has got a
 * session meanwhile, whose cookies these would clear.
 */
function isDead({ cookies, runtime }: ExchangeState, absent: Absent, status: number): boolean {
  if (absent.why === 'none' || absent.reason === 'rotated' || runtime.sealed) return false;
  if (status >= 500 || cookies.channel !== 'cookie') return false;
  return cookies.ids.length > 0 && !cookies.ids.some(({ key }) => runtime.superseded.has(key));
}

function sessionFacts(
  state: ExchangeState,
  live: LiveSession,
  { snapshot, copies, newId }: Present,
): NonNullable<ResponseFacts['session']> {
  const { runtime, cookies, route: known } = state;
  const route: SessionRoute = snapshot;
  const csrf = live.facts.csrfToken;
  const { idleTimeoutMs, isPersistent } = live.facts.lifetime.current;
  const { absoluteRemainingMs } = snapshot;
  const idleRemainingMs = extendsIdle(state)
    ? Math.min(idleTimeoutMs, absoluteRemainingMs)
    : snapshot.idleRemainingMs;
  if (newId !== undefined) supersede(state);
  const id = newId === undefined ? knownId(state, live, snapshot.key) : newIdOf(state, newId);
  return {
    snapshot,
    idleRemainingMs,
    copies,
    // The browser keeps them for as long as the session may live; when it ends is not theirs to say.
    maxAgeSeconds: isPersistent ? Math.floor(absoluteRemainingMs / 1000) : undefined,
    idCookie: runtime.sealed
      ? runtime.sealed.newToken
      : id && signIdCookie(id.id, id.issuedAtSeconds, runtime.idKeys),
    routeCookie:
      !id && sameRoute(known, route) ? undefined : runtime.routes.build(route, snapshot.key),
    csrfCookie: csrf !== undefined && (id || !cookies.csrf.includes(csrf)) ? csrf : undefined,
    adoptedFrom:
      known && known.owner !== snapshot.owner && snapshot.owner === runtime.store.label
        ? runtime.adoptedFrom(snapshot.key)
        : undefined,
  };
}

type PresentId = Pick<VerifiedId, 'id' | 'issuedAtSeconds'>;

/** What the client came with is over for it, whatever becomes of the requests that left with it. */
function supersede({ runtime, cookies }: ExchangeState): void {
  for (const { key } of cookies.ids) runtime.superseded.add(key);
}

function newIdOf({ runtime }: ExchangeState, id: SessionId): PresentId {
  return { id, issuedAtSeconds: Math.floor(runtime.now() / 1000) };
}

/** The id the client has, when its cookies must be given anew: whether they outlive it has changed. */
function knownId(
  { cookies, wasPersistent }: ExchangeState,
  live: LiveSession,
  key: string,
): PresentId | undefined {
  if (live.facts.lifetime.current.isPersistent === wasPersistent) return undefined;
  return cookies.ids.find((presented) => presented.key === key);
}
