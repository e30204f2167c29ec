import { packValue, unpackValue } from '../codec/msgpack.js';
import { LIMITS } from '../core/limits.js';
import { FrameError, SessionUnavailableError } from '../errors.js';
import type {
  EndedPlace,
  EnlistRequest,
  EnlistResult,
  PrincipalSessions,
  PrincipalStore,
  Revoked,
} from '../node/api/principal-api.js';
import { checkCall } from '../node/calls/check-call.js';
import { enlistCall, principalKey } from '../node/calls/principal-results.js';

interface Place {
  readonly handle: string;
  readonly session: string;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly device: Uint8Array;
  /** On the clock of Redis. */
  readonly enlistedMs: number;
}

interface List {
  readonly changes: string;
  readonly generation: number;
  readonly places: readonly Place[];
  readonly nowMs: number;
}

/** What a list needs of the sessions, and of Redis. */
export interface PrincipalPort {
  readList(key: string): Promise<Buffer[]>;
  /** False when somebody was faster. */
  writeList(key: string, changes: string, value: Uint8Array, keepMs: number): Promise<boolean>;
  statusOf(session: string): Promise<'alive' | 'ended' | 'unknown'>;
  end(session: string, reason: 'evicted' | 'revoked'): Promise<void>;
}

/** Without places nothing is to be written. */
interface Changed<Answer> {
  readonly places?: readonly Place[] | undefined;
  readonly generation?: number | undefined;
  readonly answer: Answer;
}

/** Tries of one change of a list while others change it. */
const TRIES = 64;
const RETRY_AFTER_MS = 1000;
/** A list outlives the sessions on it; each login says so again. */
const KEEP_MS = 24 * 60 * 60_000;

/**
 * Who has which sessions. Whoever has to go is ended first and taken off the list then, and only if
 * nobody changed it meanwhile: a crash in between ends somebody twice and forgets nobody.
 */
export class RedisPrincipals implements PrincipalStore {
  constructor(private readonly port: PrincipalPort) {}

  async enlist(request: EnlistRequest): Promise<EnlistResult> {
    const principal = principalKey(request.principal);
    const noId = { origin: 'redis', counter: 0, watermark: 0 };
    checkCall(enlistCall(request, principal, noId));
    const { handle, session, limit = LIMITS.principalSessions, policy, createdMs } = request;
    const evicted: EndedPlace[] = [];
    return this.#change<EnlistResult>(
      principal,
      request.absoluteTimeoutMs + KEEP_MS,
      async (list) => {
        const mine = list.places.find((place) => place.handle === handle);
        const others = await this.#living(
          list.places.filter((place) => place !== mine),
          list.nowMs,
        );
        const tooMany = others.length + 1 - limit;
        if (tooMany > 0 && policy === 'reject') {
          return { answer: { status: 'full', sessions: others.length } };
        }
        const leaving = others.slice(0, Math.max(0, tooMany));
        await Promise.all(leaving.map((place) => this.port.end(place.session, 'evicted')));
        for (const { handle, session } of leaving) evicted.push({ handle, session });
        const { seenMs = createdMs, device = new Uint8Array() } = request;
        const place = { handle, session, createdMs, seenMs, device, enlistedMs: list.nowMs };
        const places = [...others.slice(leaving.length), place];
        return {
          places,
          answer: {
            status: 'enlisted',
            standing: { principal, handle, list: 'redis', generation: list.generation },
            evicted,
          },
        };
      },
    );
  }

  async delist(principal: string, handle: string): Promise<void> {
    await this.#change(principalKey(principal), KEEP_MS, async ({ places }) => ({
      places: places.filter((place) => place.handle !== handle),
      answer: undefined,
    }));
  }

  async listSessions(principal: string): Promise<PrincipalSessions> {
    const { places, generation } = await this.#read(principalKey(principal));
    const known = await Promise.all(
      places.map(async (place) => ({ place, status: await this.port.statusOf(place.session) })),
    );
    const sessions = known
      .filter(({ status }) => status !== 'ended')
      .map(({ place: { enlistedMs: _, ...place }, status }) => {
        return { ...place, confirmed: status === 'alive' };
      });
    return { generation, sessions };
  }

  revokeAll(principal: string): Promise<Revoked> {
    return this.#revoke(principal, () => true, 1);
  }

  revokeOthers(principal: string, handle: string): Promise<Revoked> {
    return this.#revoke(principal, (place) => place.handle !== handle, 1);
  }

  revokeOne(principal: string, handle: string): Promise<Revoked> {
    return this.#revoke(principal, (place) => place.handle === handle, 0);
  }

  #revoke(principal: string, ends: (place: Place) => boolean, raise: number): Promise<Revoked> {
    const ended = new Map<string, EndedPlace>();
    return this.#change(principalKey(principal), KEEP_MS, async (list) => {
      const leaving = list.places.filter(ends);
      // Also those whose login is on its way: it finds its key buried.
      await Promise.all(leaving.map((place) => this.port.end(place.session, 'revoked')));
      for (const { handle, session } of leaving) ended.set(handle, { handle, session });
      const generation = list.generation + raise;
      const answer = { generation, ended: [...ended.values()] };
      return { places: list.places.filter((place) => !ends(place)), generation, answer };
    });
  }

  /** Those that are not over; a login that never came has lost its place, for good. */
  async #living(places: readonly Place[], nowMs: number): Promise<Place[]> {
    const living = await Promise.all(
      places.map(async (place) => {
        const status = await this.port.statusOf(place.session);
        if (status === 'alive') return place;
        if (status === 'ended') return undefined;
        if (nowMs - place.enlistedMs < LIMITS.enlistLeaseMs) return place;
        await this.port.end(place.session, 'evicted');
        return undefined;
      }),
    );
    return living.filter((place) => place !== undefined);
  }

  async #change<Answer>(
    key: string,
    keepMs: number,
    change: (list: List) => Promise<Changed<Answer>>,
  ): Promise<Answer> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const list = await this.#read(key);
      const { places, generation = list.generation, answer } = await change(list);
      if (!places) return answer;
      const value = packValue({ generation, places });
      if (await this.port.writeList(key, list.changes, value, keepMs)) return answer;
    }
    throw new SessionUnavailableError('too many change the same list', RETRY_AFTER_MS);
  }

  async #read(key: string): Promise<List> {
    const [changes, bytes, now] = await this.port.readList(key);
    const nowMs = Number(now);
    if (!bytes || bytes.length === 0) {
      return { changes: String(changes), generation: 0, places: [], nowMs };
    }
    const value = unpackValue(bytes) as Pick<List, 'generation' | 'places'>;
    if (!Array.isArray(value?.places)) throw new FrameError('a list of sessions is none');
    return { ...value, changes: String(changes), nowMs };
  }
}
