import { createHash } from 'node:crypto';
import { CommitUnknownError, ReplicationError, SessionUnavailableError } from '../errors.js';
import type { ClusterLogger } from '../node/telemetry/logger.js';
import type { RedisStoreConnection } from './redis-store-connection.js';
import type { StoreScript } from './redis-store-scripts.js';
import { readStoreAnswer, type StoreAnswer } from './store-answers.js';

/** Rotations followed from an old key. */
export const ALIASES = 8;
export const RETRY_AFTER_MS = 1000;
/** Of bytes that are broken every one may have its own reason. */
const MAX_REASONS = 16;

export type Arguments = readonly (string | number | Buffer)[];

export interface Answered {
  readonly answer: StoreAnswer;
  /** Of the session now: where a rotated one goes on. */
  readonly key: string;
}

/** Runs scripts on the keys of sessions, follows rotations, and says what a lost answer means. */
export class RedisStoreCalls {
  readonly #reported = new Set<string>();

  constructor(
    readonly connection: RedisStoreConnection,
    readonly prefix: string,
    private readonly logger: ClusterLogger,
  ) {}

  /** Once for each layout: after a rollback there may be many such sessions. */
  reportUnreadable(reason: string): void {
    if (this.#reported.has(reason) || this.#reported.size >= MAX_REASONS) return;
    this.#reported.add(reason);
    this.logger.error(
      `a session in Redis cannot be read by this version (${reason}); it is kept as it is, and ` +
        'requests go on without it, as without one that was lost',
    );
  }

  /** Something that may be repeated: nothing happened that matters when the answer was lost. */
  async ask(
    script: StoreScript,
    key: string,
    given: Arguments,
    more: readonly string[] = [],
  ): Promise<Answered> {
    let at = key;
    for (let step = 0; step <= ALIASES; step++) {
      const bytes = await this.send(script, [...this.keys(at), ...more], given);
      const answer = readStoreAnswer(bytes);
      if (answer.kind !== 'dead' || !answer.to || answer.aliasMs <= 0) return { answer, key: at };
      at = answer.to;
    }
    throw new SessionUnavailableError('its id was rotated too often', RETRY_AFTER_MS);
  }

  /** A change: when its answer is lost nobody knows whether it was made. */
  async change(
    script: StoreScript,
    key: string,
    more: readonly string[],
    given: Arguments,
  ): Promise<Answered> {
    try {
      let at = key;
      for (let step = 0; step <= ALIASES; step++) {
        const bytes = await this.connection.run(script, ...this.keys(at), ...more, ...given);
        const answer = readStoreAnswer(bytes);
        if (answer.kind !== 'dead' || !answer.to || answer.aliasMs <= 0) return { answer, key: at };
        at = answer.to;
      }
    } catch (error) {
      if (error instanceof ReplicationError) throw error;
      throw new CommitUnknownError((error as Error).message);
    }
    throw new SessionUnavailableError('its id was rotated too often', RETRY_AFTER_MS);
  }

  async send(script: StoreScript, keys: readonly string[], given: Arguments): Promise<Buffer[]> {
    try {
      return await this.connection.run(script, ...keys, ...given);
    } catch (error) {
      if (error instanceof ReplicationError) throw error;
      throw new SessionUnavailableError((error as Error).message, RETRY_AFTER_MS, { cause: error });
    }
  }

  keys(key: string): readonly [record: string, mark: string] {
    const record = `${this.prefix}{${key}}`;
    return [record, `${record}:end`];
  }

  reservation(key: string, journalKey = ''): string {
    return `${this.prefix}{${key}}:run:${hashed(journalKey)}`;
  }

  list(key: string): string {
    return `${this.prefix}principal:${key}`;
  }

  /** Hashed, so that no address lies there. */
  rate(kind: string, of: string, policy: string): string {
    return `${this.prefix}rate:${hashed(`${kind}\0${of}\0${policy}`)}`;
  }
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
