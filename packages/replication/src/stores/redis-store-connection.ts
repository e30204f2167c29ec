import type { Redis } from 'ioredis';
import { SessionUnavailableError } from '../errors.js';
import { redisClientOptions } from '../tiers/redis-client-options.js';
import { STORE_SCRIPTS, type StoreScript } from './redis-store-scripts.js';

export interface StoreConnectionOptions {
  readonly url: string;
  readonly tls: object | undefined;
  readonly timeoutMs: number;
}

type Script = (...keysAndArguments: (string | number | Buffer)[]) => Promise<unknown>;

const RETRY_AFTER_MS = 1000;

/** One connection to Redis; nothing waits in it while Redis is away. */
export class RedisStoreConnection {
  /** Rejects when there is no ioredis; otherwise connects for ever. */
  static async open({
    url,
    tls,
    timeoutMs,
  }: StoreConnectionOptions): Promise<RedisStoreConnection> {
    const { Redis } = await import('ioredis');
    const client = new Redis(url, redisClientOptions({ tls, timeoutMs }));
    // What went wrong is told by the command that failed.
    client.on('error', () => {});
    for (const [name, script] of Object.entries(STORE_SCRIPTS)) client.defineCommand(name, script);
    const connection = new RedisStoreConnection(client);
    await client.connect().catch(() => undefined);
    return connection;
  }

  private constructor(private readonly client: Redis) {}

  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /**
   * Rejects with `SessionUnavailableError` when nothing was sent; with the client's own error when
   * Redis may have done it.
   */
  async run(script: StoreScript, ...given: (string | number | Buffer)[]): Promise<Buffer[]> {
    if (!this.isReady) {
      throw new SessionUnavailableError(`Redis is ${this.client.status}`, RETRY_AFTER_MS);
    }
    const scripts = this.client as unknown as Record<string, Script>;
    return (await (scripts[`${script}Buffer`] as Script).call(this.client, ...given)) as Buffer[];
  }

  async delete(key: string): Promise<void> {
    if (this.isReady) await this.client.del(key);
  }

  close(): void {
    this.client.disconnect();
  }
}
