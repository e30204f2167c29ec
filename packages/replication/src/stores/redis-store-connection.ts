import type { Redis } from 'ioredis';
import { SessionUnavailableError } from '../errors.js';
import type { ClusterLogger } from '../node/telemetry/logger.js';
import { loadRedis } from '../tiers/load-redis.js';
import { redisClientOptions } from '../tiers/redis-client-options.js';
import { STORE_SCRIPTS, type StoreScript } from './redis-store-scripts.js';

export interface StoreConnectionOptions {
  readonly url: string;
  readonly tls: object | undefined;
  readonly timeoutMs: number;
  readonly prefix: string;
  readonly logger: ClusterLogger;
}

type Script = (...keysAndArguments: (string | number | Buffer)[]) => Promise<unknown>;

const RETRY_AFTER_MS = 1000;
/** What a connection cannot do for good, not this once. */
const REFUSES_ALL = /^(NOPERM|NOAUTH)\b/;
/** What Redis says when it takes no changes: full, or not the primary. */
const REFUSES_CHANGES = /^(OOM|MISCONF|READONLY|NOREPLICAS)\b/;
const NO_ANSWER = 'Command timed out';

/**
 * One connection to Redis; nothing waits in it while Redis is away. It is usable once a script was
 * run over it: a connection alone says nothing of rights, nor of a server that has stopped answering.
 */
export class RedisStoreConnection {
  #isUsable = false;
  #isClosed = false;
  /** What was logged last, so that an outage is one line and not one per attempt. */
  #logged: 'nothing' | 'away' | 'back' = 'nothing';
  #lastError: Error | undefined;
  #probe: Promise<void> | undefined;
  #nextProbe: NodeJS.Timeout | undefined;
  /** Kinds of refused changes that were logged since the connection came about. */
  readonly #refusals = new Set<string>();

  /** Rejects when there is no ioredis; otherwise connects for ever. */
  static async open(options: StoreConnectionOptions): Promise<RedisStoreConnection> {
    const { Redis } = await loadRedis('RedisSessionStore');
    const { url, tls, timeoutMs } = options;
    const client = new Redis(url, redisClientOptions({ tls, timeoutMs }));
    for (const [name, script] of Object.entries(STORE_SCRIPTS)) client.defineCommand(name, script);
    const connection = new RedisStoreConnection(client, options);
    await connection.#connect();
    return connection;
  }

  private constructor(
    private readonly client: Redis,
    private readonly options: StoreConnectionOptions,
  ) {}

  get isReady(): boolean {
    return this.#isUsable && this.client.status === 'ready';
  }

  /**
   * Rejects with `SessionUnavailableError` when nothing was sent; with the client's own error when
   * Redis may have done it.
   */
  async run(script: StoreScript, ...given: (string | number | Buffer)[]): Promise<Buffer[]> {
    if (!this.isReady) {
      const { status } = this.client;
      const reason = status === 'ready' ? 'not usable' : status;
      throw new SessionUnavailableError(`Redis is ${reason}`, RETRY_AFTER_MS);
    }
    try {
      return await this.#send(script, ...given);
    } catch (error) {
      this.#learn(error as Error);
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    if (this.isReady) await this.client.del(key);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#nextProbe);
    this.client.disconnect();
  }

  async #connect(): Promise<void> {
    this.client.on('error', (error: Error) => {
      this.#lastError = error;
    });
    this.client.on('ready', () => void this.#examine());
    this.client.on('close', () => this.#lose(this.#lastError));
    await this.client.connect().catch(() => undefined);
    await this.#probe;
  }

  async #send(script: StoreScript, ...given: (string | number | Buffer)[]): Promise<Buffer[]> {
    const scripts = this.client as unknown as Record<string, Script>;
    return (await (scripts[`${script}Buffer`] as Script).call(this.client, ...given)) as Buffer[];
  }

  /** A command that failed says nothing of others, unless it is one of these. */
  #learn({ message }: Error): void {
    if (message === NO_ANSWER || REFUSES_ALL.test(message)) void this.#examine();
    const [refusal] = REFUSES_CHANGES.exec(message) ?? [];
    if (refusal === undefined || this.#refusals.has(refusal)) return;
    this.#refusals.add(refusal);
    this.options.logger.warn(`Redis at ${this.#address} takes no changes: ${message}`);
  }

  /** One at a time: every request of an outage asks for it. */
  #examine(): Promise<void> {
    this.#probe ??= this.#tryScript().finally(() => {
      this.#probe = undefined;
    });
    return this.#probe;
  }

  async #tryScript(): Promise<void> {
    const key = `${this.options.prefix}{probe}`;
    try {
      await this.#send('understudyStoreRead', key, `${key}:end`);
      this.#find();
    } catch (error) {
      const { message } = error as Error;
      if (this.client.status !== 'ready' || this.#isClosed) return;
      this.#lose(error as Error);
      // Over a connection on which nothing comes back nothing will: only a new one tells.
      if (message === NO_ANSWER) this.client.disconnect(true);
      else this.#probeAgain();
    }
  }

  /** Nobody sends a request to a node that is not well, so nothing else would notice. */
  #probeAgain(): void {
    clearTimeout(this.#nextProbe);
    this.#nextProbe = setTimeout(() => {
      if (this.client.status === 'ready') void this.#examine();
    }, RETRY_AFTER_MS).unref();
  }

  #find(): void {
    if (this.#isUsable || this.client.status !== 'ready') return;
    this.#isUsable = true;
    this.#lastError = undefined;
    this.#refusals.clear();
    if (this.#logged !== 'away') return;
    this.#logged = 'back';
    this.options.logger.log(`Redis at ${this.#address} can be used again`);
  }

  #lose(error: Error | undefined): void {
    this.#isUsable = false;
    if (this.#isClosed || this.#logged === 'away') return;
    this.#logged = 'away';
    // Of several addresses that were tried each has its own error, and the whole no message.
    const reason = error?.message || (error as NodeJS.ErrnoException)?.code || 'connection lost';
    this.options.logger.warn(
      `Redis at ${this.#address} cannot be used: ${reason}; until it can, requests with a session get 503`,
    );
  }

  /** Without what the url says of users and passwords. */
  get #address(): string {
    const { host, port, path } = this.client.options;
    return path ?? `${host}:${port}`;
  }
}
