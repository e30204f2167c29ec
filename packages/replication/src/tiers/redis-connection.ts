import type { Redis } from 'ioredis';
import { TierUnavailableError } from '../errors.js';
import { loadRedis } from './load-redis.js';
import { redisClientOptions } from './redis-client-options.js';
import { REDIS_SCRIPTS } from './redis-scripts.js';
import type { TierEvent } from './tier.js';

/** The commands that `defineCommand` adds to a client. */
interface Scripts {
  understudyWrite(
    key: string,
    epoch: number,
    seq: number,
    value: Buffer,
    keepMs: number,
    ...contains: readonly number[]
  ): Promise<unknown>;
  understudyBury(key: string, epoch: number, seq: number, keepMs: number): Promise<unknown>;
  understudyReadBuffer(key: string): Promise<unknown>;
}

interface ConnectionOptions {
  readonly url: string;
  readonly tls: object | undefined;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
}

/**
 * One connection to Redis. Nothing waits in it while Redis is away: the engine keeps state, not
 * messages, and a queue here would only write old state late and grow with the outage.
 */
export class RedisConnection {
  #client: (Redis & Scripts) | undefined;
  #closed = false;
  #inFlight = 0;
  #lastError: Error | undefined;
  /** Of the server process that confirmed what is stored. */
  #runId: string | undefined;
  #wasConnected = false;

  constructor(private readonly options: ConnectionOptions) {}

  async run(command: (client: Redis & Scripts) => Promise<unknown>): Promise<unknown> {
    const client = this.#client;
    if (client?.status !== 'ready') throw this.#unavailable('not connected', this.#lastError);
    if (this.#inFlight >= this.options.maxInFlight) {
      throw this.#unavailable(`${this.#inFlight} operations are under way`);
    }
    this.#inFlight++;
    try {
      return await command(client);
    } catch (error) {
      throw this.#unavailable((error as Error).message, error);
    } finally {
      this.#inFlight--;
    }
  }

  open(listener: (event: TierEvent) => void): void {
    this.#connect(listener).catch((error: Error) => {
      this.#lastError = error;
      listener({ kind: 'disconnected', error });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client?.disconnect();
  }

  async #connect(listener: (event: TierEvent) => void): Promise<void> {
    const { Redis } = await loadRedis('redisTier');
    if (this.#closed) return;
    const { url, tls, timeoutMs } = this.options;
    const client = new Redis(url, redisClientOptions({ tls, timeoutMs })) as Redis & Scripts;
    for (const [name, lua] of Object.entries(REDIS_SCRIPTS)) {
      client.defineCommand(name, { lua, numberOfKeys: 1 });
    }
    this.#client = client;
    client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    client.on('close', () => this.#lost(listener));
    client.on('ready', () => void this.#ready(client, listener));
    client.connect().catch((error: Error) => {
      this.#lastError = error;
    });
    // The first attempt may take a while to fail; until then nothing is confirmed.
  }

  async #ready(client: Redis, listener: (event: TierEvent) => void): Promise<void> {
    const runId = await client
      .info('server')
      .then((info) => /run_id:(\w+)/.exec(info)?.[1])
      .catch(() => undefined);
    if (this.#closed || client.status !== 'ready') return;
    const sameData = !this.#wasConnected || (runId !== undefined && runId === this.#runId);
    this.#runId = runId;
    this.#wasConnected = true;
    this.#lastError = undefined;
    listener({ kind: 'connected', sameData });
  }

  #lost(listener: (event: TierEvent) => void): void {
    if (!this.#closed) listener({ kind: 'disconnected', error: this.#lastError });
  }

  #unavailable(reason: string, cause?: unknown): TierUnavailableError {
    return new TierUnavailableError('redis', reason, { cause });
  }
}
