import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { Cluster } from '@understudy/replication';
import { SessionOptionError } from './errors.js';
import { SessionStreams } from './event-stream/session-streams.js';
import type { SessionRuntime } from './exchange/session-runtime.js';
import { healthPathOf } from './health/health-path.js';
import { checkAsyncOptions } from './options/async-options.js';
import type { NormalizedSessionOptions } from './options/normalize-options.js';
import { type ExpressAdapterLike, installOnExpress } from './platform/express.js';
import { type FastifyAdapterLike, installOnFastify } from './platform/fastify.js';
import { type KeepingServer, KeptConnections } from './platform/kept-connections.js';
import { UpgradedSockets, type UpgradingServer } from './platform/upgraded-sockets.js';
import { SessionLifecycle } from './session.lifecycle.js';
import {
  type ASYNC_OPTIONS_TYPE,
  type ChosenExtras,
  type OPTIONS_TYPE,
  SessionModuleBase,
  WITHOUT_FOR_ROOT,
} from './session.module-definition.js';
import { SESSION_EXPORTS, SESSION_PROVIDERS } from './session.providers.js';
import { SessionEvents } from './session-events.js';
import { NORMALIZED_OPTIONS, SESSION_CLUSTER, SESSION_EXTRAS, SESSION_RUNTIME } from './tokens.js';

/** Applications with sessions, by their adapter. */
const CLAIMED = new WeakSet<object>();

/** Of two modules one would serve the requests, and guards and services might belong to the other. */
function claim(adapter: object): void {
  if (CLAIMED.has(adapter)) {
    const again = 'where isGlobal is false, import what forRoot() gave again';
    const expected = `once in an application: ${again}`;
    throw new SessionOptionError('forRoot', 'imported twice', expected);
  }
  CLAIMED.add(adapter);
}

/**
 * Sessions for a Nest application, on Express and Fastify.
 *
 * ```ts
 * @Module({ imports: [SessionModule.forRoot()] })
 * ```
 *
 * On shutdown it announces at once that the node leaves, hands its sessions over while requests are
 * still served, gives balancers the time of `shutdown.announce` to notice, and closes the cluster
 * after the HTTP server.
 */
@Module({ providers: [...WITHOUT_FOR_ROOT, ...SESSION_PROVIDERS], exports: SESSION_EXPORTS })
export class SessionModule
  extends SessionModuleBase
  implements NestModule, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #logger = new Logger(SessionModule.name);
  readonly #upgraded = new UpgradedSockets();
  readonly #kept = new KeptConnections();
  #drained: Promise<unknown> = Promise.resolve();
  #announced: Promise<unknown> = Promise.resolve();

  /** Without options: one node, in memory, for development. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // biome-ignore lint/complexity/noThisInStatic: the builder makes the receiver the module
    return super.forRoot(options);
  }

  /** The options come from a factory, a class, or an existing provider. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    checkAsyncOptions(options);
    // biome-ignore lint/complexity/noThisInStatic: the builder makes the receiver the module
    return super.forRootAsync(options);
  }

  constructor(
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions,
    @Inject(SESSION_EXTRAS) private readonly extras: ChosenExtras,
    @Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime,
    @Inject(SESSION_CLUSTER) private readonly cluster: Cluster,
    @Inject(SessionLifecycle) private readonly lifecycle: SessionLifecycle,
    @Inject(SessionEvents) private readonly events: SessionEvents,
    @Inject(SessionStreams) private readonly streams: SessionStreams,
    @Inject(ApplicationConfig) private readonly config: ApplicationConfig,
  ) {
    super();
  }

  configure(): void {
    const adapter = this.host.httpAdapter;
    if (!adapter) return;
    claim(adapter);
    const { health } = this.extras;
    const settings = {
      runtime: this.runtime,
      idempotency: this.options.idempotency,
      healthPath: health === false ? undefined : healthPathOf(health, this.config),
    };
    const server = adapter.getHttpServer() as UpgradingServer & KeepingServer;
    this.#upgraded.observe(server);
    this.#kept.observe(server);
    if (adapter.getType() === 'fastify') {
      installOnFastify(adapter as unknown as FastifyAdapterLike, settings);
    } else {
      installOnExpress(adapter as unknown as ExpressAdapterLike, settings);
    }
  }

  /** The first hook of a shutdown: from here on balancers are told to go elsewhere. */
  onModuleDestroy(): void {
    this.lifecycle.draining = true;
    this.streams.drain();
    this.#announced = delay(this.options.shutdown.announceMs);
    this.#drained = this.#drain();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#drained;
    // A balancer that polls would find the port closed and not have seen why: requests would fail.
    await this.#announced;
    // Before the server closes, which would wait for them.
    await this.#upgraded.close();
    const server = this.host.httpAdapter?.getHttpServer() as KeepingServer | undefined;
    if (server) this.#kept.closeWith(server);
  }

  /** The server is closed and no request can store anything any more. */
  async onApplicationShutdown(): Promise<void> {
    this.runtime.watches.close();
    await this.cluster.stop();
    this.events.complete();
  }

  async #drain(): Promise<void> {
    const deadlineMs = this.options.drainDeadlineMs;
    try {
      await this.cluster.drain({ deadlineMs });
      const owned = this.cluster.members().find(({ self }) => self)?.sessionsOwned ?? 0;
      if (owned > 0 && this.options.cluster) {
        this.#logger.warn(`leaving with ${owned} sessions that no other node took over`);
      }
    } catch (error) {
      this.#logger.error(`the sessions could not be handed over: ${(error as Error).message}`);
    }
  }
}
