import {
  compareVersions,
  type OpenResult,
  parseVersion,
  type SessionSnapshot,
  type Version,
} from '@understudy/replication';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { VerifiedId } from '../identity/id-cookie.js';
import { nextSessionId } from '../identity/next-id.js';
import type { SessionId } from '../identity/session-id.js';
import { longestTimeoutMs } from '../lifetime/lifetime.js';
import { NODE_LABEL, type SessionRoute } from '../route/route-cookie.js';
import type { Absent, Ended } from './presence.js';
import type { PresentedCookies } from './presented-cookies.js';
import type { SessionRuntime } from './session-runtime.js';

/** What became of the session a request came with. */
export type Opened =
  | {
      readonly kind: 'present';
      readonly snapshot: SessionSnapshot;
      /** The route the client carries, when it belongs to this session. */
      readonly route: SessionRoute | undefined;
      /** The id that the client does not have yet. */
      readonly newId?: SessionId | undefined;
      /** What the client came with, when it is the session's present id and may be replaced. */
      readonly presented?: VerifiedId | undefined;
    }
  | Absent
  | Ended;

/**
 * Finds the session of a request. Where several cookies verify, the first that names a living
 * session wins; a browser may hold one of another path beside it. Rejects as the engine does.
 */
export async function openSession(
  runtime: SessionRuntime,
  facts: RequestFacts,
  cookies: PresentedCookies,
): Promise<Opened> {
  let absent: Absent = { kind: 'absent', why: 'none' };
  for (const presented of cookies.ids) {
    const route = runtime.routes.find(cookies.routes, presented.key);
    const result = await runtime.store.open(presented.key, {
      seen: newest(route?.version, minimumRevision(facts)),
      hints: route ? [route.owner, ...route.backups] : undefined,
      failedNode: failedNode(facts),
    });
    if (result.status === 'found') {
      const { snapshot } = result;
      if (snapshot.key === presented.key) {
        // Nobody could put another id into addresses that are out.
        const renewable = cookies.channel === 'url' ? undefined : presented;
        return { kind: 'present', snapshot, route, presented: renewable };
      }
      const newId = successorOf(runtime, presented, snapshot);
      return { kind: 'present', snapshot, route, newId };
    }
    const next = absence(runtime, result, presented);
    report(runtime, next, presented.key);
    // Of several ids this is the one whose client may be about to learn of another.
    if (absent.reason !== 'rotated') absent = next;
  }
  for (const oldId of cookies.legacy) {
    const opened = await runtime.legacy?.open(runtime, facts, oldId);
    if (opened?.kind === 'present') return opened;
    if (opened?.kind === 'absent' && opened.why === 'ended') absent = opened;
  }
  return absent;
}

/** The present id of a session that was renewed: the client may never have got it. */
function successorOf(
  { renewalKeys }: SessionRuntime,
  { id }: VerifiedId,
  { key }: SessionSnapshot,
): SessionId | undefined {
  const next = nextSessionId(id, renewalKeys);
  return next.key === key ? next.id : undefined;
}

function minimumRevision(facts: RequestFacts): Version | undefined {
  const text = facts.header(REQUEST_HEADERS.sessionMinRev);
  return text === undefined ? undefined : parseVersion(text.trim());
}

function failedNode(facts: RequestFacts): string | undefined {
  const label = facts.header(REQUEST_HEADERS.failedNode);
  return label !== undefined && NODE_LABEL.test(label) ? label : undefined;
}

function newest(left: Version | undefined, right: Version | undefined): Version | undefined {
  if (!left || !right) return left ?? right;
  return compareVersions(left, right) >= 0 ? left : right;
}

/**
 * What the engine knows to have ended was ended, and why is its word. Of what it does not know, an
 * id older than any session may become is gone by design; any other was lost.
 */
function absence(
  runtime: SessionRuntime,
  result: Exclude<OpenResult, { status: 'found' }>,
  { key, issuedAtSeconds }: VerifiedId,
): Absent {
  if (result.status === 'destroyed') {
    return { kind: 'absent', why: 'ended', reason: result.reason };
  }
  const expiredAtMs = issuedAtSeconds * 1000 + longestTimeoutMs(runtime.policy);
  const isOver = expiredAtMs <= runtime.now();
  return isOver
    ? { kind: 'absent', why: 'ended', reason: 'expired' }
    : { kind: 'absent', why: 'lost', key };
}

/** A replaced id that comes late is a client that missed the answer, or somebody with a copy of it. */
function report({ emit }: SessionRuntime, { why, reason }: Absent, session: string): void {
  if (why === 'lost') emit({ kind: 'lost', session });
  if (reason === 'rotated') emit({ kind: 'replaced-id', session });
}
