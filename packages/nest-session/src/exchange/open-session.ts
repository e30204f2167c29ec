import {
  compareVersions,
  parseVersion,
  type SessionSnapshot,
  type Version,
} from '@understudy/replication';
import { REQUEST_HEADERS } from '../http/contract.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { VerifiedId } from '../identity/id-cookie.js';
import type { SessionId } from '../identity/session-id.js';
import { NODE_LABEL, type SessionRoute } from '../route/route-cookie.js';
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
    }
  /** `none`: the client has no session. `ended`: it was ended on purpose. `lost`: it was not. */
  | { readonly kind: 'absent'; readonly why: 'none' | 'ended' | 'lost' };

/**
 * Finds the session of a request. Where several cookies verify, the first that names a living
 * session wins; a browser may hold one of another path beside it. Rejects as the engine does.
 */
export async function openSession(
  runtime: SessionRuntime,
  facts: RequestFacts,
  cookies: PresentedCookies,
): Promise<Opened> {
  let why: 'none' | 'ended' | 'lost' = 'none';
  for (const presented of cookies.ids) {
    const route = runtime.routes.find(cookies.routes, presented.key);
    const result = await runtime.store.open(presented.key, {
      seen: newest(route?.version, minimumRevision(facts)),
      hints: route ? [route.owner, ...route.backups] : undefined,
      failedNode: failedNode(facts),
    });
    if (result.status === 'found') return { kind: 'present', snapshot: result.snapshot, route };
    why = absence(runtime, result.status, presented);
    if (why === 'lost') runtime.emit({ kind: 'lost', session: presented.key });
  }
  for (const oldId of cookies.legacy) {
    const opened = await runtime.legacy?.open(runtime, oldId);
    if (opened?.kind === 'present') return opened;
    if (opened?.why === 'ended') why = 'ended';
  }
  return { kind: 'absent', why };
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

/** A session past its absolute deadline is gone by design; any other that is unknown was lost. */
function absence(
  runtime: SessionRuntime,
  status: 'destroyed' | 'unknown',
  { issuedAtSeconds }: VerifiedId,
): 'ended' | 'lost' {
  if (status === 'destroyed') return 'ended';
  const expiredAtMs = issuedAtSeconds * 1000 + runtime.policy.absoluteTimeoutMs;
  return expiredAtMs <= runtime.now() ? 'ended' : 'lost';
}
