import {
  assertSessionValue,
  type SessionObject,
  type SessionSnapshot,
  type Standing,
} from '@understudy/replication';
import { parseCookies } from '../cookie/parse-cookies.js';
import { serializeCookie } from '../cookie/serialize-cookie.js';
import { SessionEndedError, SessionLimitError, SessionNotAvailableError } from '../errors.js';
import type { Opened } from '../exchange/open-session.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { takePlace } from '../exchange/sign-in.js';
import type { RequestFacts } from '../http/request-facts.js';
import type { KeyRing } from '../identity/key-ring.js';
import { type SessionId, sessionKeyOf } from '../identity/session-id.js';
import { LEGACY_GRACE_MS } from '../limits.js';
import type { LegacyPolicy } from '../options/legacy-cookies.js';
import { deviceOf } from '../principals/device.js';
import { type Principal, toPrincipal } from '../session/principal.js';
import { isReserved } from '../session/session-handle.js';
import { legacyId } from './legacy-cookie.js';
import { destroyLegacy, readLegacy } from './legacy-store.js';

const CSRF_TOKEN_BYTES = 24;

/** What a session of ours is made of. */
interface Contents {
  readonly data: SessionObject;
  readonly system: SessionObject;
  readonly principal: Principal | undefined;
}

/**
 * Takes sessions of express-session over, one by one, when their browsers come by: its properties
 * become a session of ours under a new id, and what the old store has is destroyed.
 *
 * The new id is a function of the old one and of the secret, so that parallel first requests of a
 * browser, on whatever nodes, make one session without asking each other. The old cookie opens it
 * for {@link LEGACY_GRACE_MS} after that, for requests that were on their way, and never again.
 */
export class LegacySessions {
  constructor(
    private readonly policy: LegacyPolicy,
    private readonly keys: KeyRing,
  ) {}

  /** The old ids in a `Cookie` header whose signature is good. */
  presented(header: string): readonly string[] {
    const { name, secrets } = this.policy;
    const values = parseCookies(header, new Set([name])).get(name) ?? [];
    return values.map((value) => legacyId(value, secrets)).filter((id) => id !== undefined);
  }

  /** Makes the browser forget the old cookie. */
  clearingCookie(secure: boolean): string {
    const { name, path, domain } = this.policy;
    return serializeCookie(name, '', {
      path,
      domain,
      secure,
      httpOnly: true,
      sameSite: 'lax',
      maxAgeSeconds: 0,
    });
  }

  /** Rejects, before anything ran, when the old store or the cluster cannot answer. */
  async open(runtime: SessionRuntime, facts: RequestFacts, oldId: string): Promise<Opened> {
    const { store } = this.policy;
    // The old store first: whoever destroyed it there had made the new session before.
    const old = await readLegacy(store, oldId);
    const newId = this.keys.sign(oldId);
    const key = sessionKeyOf(newId);
    const opened = await runtime.store.open(key);
    if (opened.status === 'unknown') {
      if (!old) return { kind: 'absent', why: 'none' };
      return this.#takeOver(runtime, facts, oldId, newId, old);
    }
    // Whoever began this did not get to it.
    if (old) await destroyLegacy(store, oldId);
    if (opened.status === 'destroyed') return { kind: 'absent', why: 'ended' };
    const { snapshot } = opened;
    const { migratedAt } = snapshot.document.system;
    const ageMs = migratedAt instanceof Date ? runtime.now() - migratedAt.getTime() : Infinity;
    if (!old && ageMs > LEGACY_GRACE_MS) return { kind: 'absent', why: 'none' };
    // Rotated meanwhile: the browser has a newer id than this one.
    if (snapshot.key !== key) return { kind: 'present', snapshot, route: undefined };
    return { kind: 'present', snapshot, route: undefined, newId };
  }

  async #takeOver(
    runtime: SessionRuntime,
    facts: RequestFacts,
    oldId: string,
    newId: SessionId,
    old: unknown,
  ): Promise<Opened> {
    const { idleTimeoutMs, absoluteTimeoutMs } = runtime.policy;
    const key = sessionKeyOf(newId);
    const contents = this.#contentsOf(runtime, old);
    // Left where it is: somebody may want to look at it.
    if (!contents) return { kind: 'absent', why: 'none' };
    const { data, principal } = contents;
    // The same for parallel first requests: they are one session, with one place on the list.
    const handle = this.keys.sign(`handle of ${oldId}`);
    const standing = principal && (await placeFor(runtime, facts, principal, handle, key));
    const result = await runtime.store.create({
      key,
      data,
      // At the limit its properties are taken over, and whose it is has to be proved by a login.
      system: standing
        ? ({ ...contents.system, principal, handle } as SessionObject)
        : contents.system,
      standing,
      idleTimeoutMs,
      absoluteTimeoutMs,
      durability: runtime.policy.durability,
    });
    if (result.status === 'destroyed') return { kind: 'absent', why: 'ended' };
    if (result.status !== 'committed') throw new SessionNotAvailableError(1);
    await destroyLegacy(this.policy.store, oldId);
    runtime.emit({ kind: 'migrated', session: key });
    const { version, document, owner, backups } = result;
    const deadlines = { idleRemainingMs: idleTimeoutMs, absoluteRemainingMs: absoluteTimeoutMs };
    const snapshot: SessionSnapshot = { key, version, document, owner, backups, ...deadlines };
    return { kind: 'present', snapshot, route: undefined, newId };
  }

  /** Undefined for what a session of ours cannot be made of; said once. */
  #contentsOf(runtime: SessionRuntime, old: unknown): Contents | undefined {
    try {
      // As JSON, which is all that stores of express-session promise to keep.
      const { cookie: _, ...properties } = JSON.parse(JSON.stringify(old)) as SessionObject;
      const data: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(properties)) {
        if (isReserved(name)) {
          const message = `legacyCookies: property ${name} is not taken over: it is reserved`;
          runtime.warnings.once('legacy-session', message, name);
        } else data[name] = value;
      }
      assertSessionValue(data, ['data']);
      const who = this.policy.principal?.(data);
      const system = {
        csrf: runtime.randomBytes(CSRF_TOKEN_BYTES).toString('base64url'),
        migratedAt: new Date(runtime.now()),
      };
      return { data: data as SessionObject, system, principal: who ? toPrincipal(who) : undefined };
    } catch (error) {
      const { message } = error as Error;
      const told = `legacyCookies: a session was not taken over: ${message}`;
      runtime.warnings.once('legacy-session', told, message);
      return undefined;
    }
  }
}

/**
 * The place of a session that is taken over, so that limits count it and revocations find it; undefined
 * where there is none left. It is not given back: a request in parallel may have filled it.
 */
async function placeFor(
  runtime: SessionRuntime,
  facts: RequestFacts,
  principal: Principal,
  handle: string,
  key: string,
): Promise<Standing | undefined> {
  const { absoluteTimeoutMs } = runtime.policy;
  const about = { createdMs: runtime.now(), absoluteTimeoutMs, device: deviceOf(facts) };
  const place = { principal: principal.id, handle, isHeld: false, replacesOwn: false, ...about };
  try {
    return await takePlace(runtime, place, key);
  } catch (error) {
    if (error instanceof SessionLimitError || error instanceof SessionEndedError) return undefined;
    throw error;
  }
}
