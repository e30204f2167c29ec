import type { IncomingMessage } from 'node:http';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SessionUsageError } from '../errors.js';
import { SessionExchange } from '../exchange/session-exchange.js';
import type { SessionRuntime } from '../exchange/session-runtime.js';
import { TOKEN_PARAMETER } from '../http/contract.js';
import { MAX_SOCKETS_PER_SESSION, SOCKET_LOOK_MS } from '../limits.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { notThere } from '../stores/sealed/request-session.js';
import { NORMALIZED_OPTIONS, SESSION_RUNTIME } from '../tokens.js';
import { AttachedSession } from './attached-session.js';
import { rememberAttachment } from './attachments.js';
import { judgeUpgrade } from './judge-upgrade.js';
import { CLOSE_CODES, END_REASONS, isOpen, type SocketClient } from './socket-client.js';
import { lastingFacts, upgradeFacts } from './upgrade-facts.js';

export interface AttachOptions {
  /**
   * What extends the idle time: every message (default), those for which a function says so, or
   * `none`. Pings and pongs of the protocol never do, nor does a message for which it throws.
   */
  readonly activity?: 'messages' | 'none' | ((data: unknown) => boolean) | undefined;
}

/** Sessions of WebSockets. */
@Injectable()
export class SessionSockets implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger(SessionSockets.name);
  readonly #openBySession = new Map<string, number>();

  constructor(
    @Inject(SESSION_RUNTIME) private readonly runtime: SessionRuntime,
    @Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    running.add(this);
  }

  onApplicationShutdown(): void {
    running.delete(this);
  }

  /** The application's own server; sockets may come over others. */
  get server(): unknown {
    return this.host.httpAdapter?.getHttpServer();
  }

  /**
   * Why an upgrade is refused, see the option `sockets`; undefined: it may have a session. A refusal is
   * told as the event `csrf-refused`.
   */
  refusalOf(request: IncomingMessage): string | undefined {
    const facts = upgradeFacts(request, this.options.trustProxy);
    const reason = judgeUpgrade({
      target: request.url ?? '/',
      secure: facts.secure,
      host: facts.host,
      origin: facts.header('origin'),
      tokenParameter: TOKEN_PARAMETER,
      ...this.options.sockets,
    });
    if (reason === undefined) return undefined;
    if (this.options.sockets.requireTls && !facts.secure) {
      this.runtime.warnings.once(
        'insecure-socket',
        'a WebSocket came without TLS and was refused; behind a proxy that ends TLS set trustProxy',
      );
    }
    this.runtime.emit({ kind: 'csrf-refused', ip: facts.ip, reason });
    return reason;
  }

  /** See {@link attachSession}. */
  attach(
    client: SocketClient,
    request: IncomingMessage,
    options: AttachOptions = {},
  ): Promise<AttachedSession | undefined> {
    const attaching = this.#attach(client, request, options).catch((error: Error) => {
      // Nest does not wait for `handleConnection`: what rejects there ends the process.
      this.#logger.warn(`a socket was closed: ${error.message}`);
      client.close(CLOSE_CODES.tryAgainLater, 'the session is not available');
      return undefined;
    });
    rememberAttachment(client, attaching);
    return attaching;
  }

  async #attach(
    client: SocketClient,
    request: IncomingMessage,
    { activity = 'messages' }: AttachOptions,
  ): Promise<AttachedSession | undefined> {
    if (this.runtime.forRequest) throw notThere('sessions of sockets');
    const reason = this.refusalOf(request);
    if (reason !== undefined) {
      client.close(CLOSE_CODES.policy, reason);
      return undefined;
    }
    let attached: AttachedSession | undefined;
    client.on('message', (data: unknown) => {
      if (this.#isActivity(activity, data)) attached?.touch();
    });
    const facts = upgradeFacts(request, this.options.trustProxy);
    const exchange = new SessionExchange(this.runtime, facts);
    await exchange.open();
    const { snapshot } = exchange;
    if (!isOpen(client)) return undefined;
    attached = new AttachedSession(this.runtime, lastingFacts(facts), snapshot);
    if (snapshot && !this.#hold(client, attached, snapshot.key)) return undefined;
    return attached;
  }

  /** What a client sends must not end the process, as an exception in a listener of `ws` does. */
  #isActivity(activity: NonNullable<AttachOptions['activity']>, data: unknown): boolean {
    if (typeof activity !== 'function') return activity === 'messages';
    try {
      return activity(data);
    } catch (error) {
      // Its name alone: the text may show what the client wrote.
      const name = error instanceof Error ? error.name : typeof error;
      const message = `activity of attachSession() threw (${name}); the message counts as none`;
      this.runtime.warnings.once('message-not-judged', message, name);
      return false;
    }
  }

  /** Closes the client when its session ends. False: the session has as many sockets as it may. */
  #hold(client: SocketClient, attached: AttachedSession, key: string): boolean {
    const open = this.#openBySession.get(key) ?? 0;
    if (open >= MAX_SOCKETS_PER_SESSION) {
      client.close(CLOSE_CODES.tryAgainLater, 'the session has too many sockets');
      return false;
    }
    this.#openBySession.set(key, open + 1);
    const watch = this.runtime.watches.watch(
      key,
      {
        seen: (snapshot) => attached.show(snapshot),
        ended: (end) => client.close(CLOSE_CODES.policy, END_REASONS[end]),
      },
      SOCKET_LOOK_MS,
    );
    client.on('close', () => {
      watch.stop();
      const left = (this.#openBySession.get(key) ?? 1) - 1;
      if (left === 0) this.#openBySession.delete(key);
      else this.#openBySession.set(key, left);
    });
    return true;
  }
}

const running = new Set<SessionSockets>();

/**
 * The sessions of the application that a request came to. Throws `SessionUsageError` when this
 * process has none, or several and the request came over another server.
 */
export function socketsFor(request: IncomingMessage): SessionSockets {
  const { server } = request.socket as { readonly server?: unknown };
  const own = [...running].find((sockets) => sockets.server === server);
  const [first] = running;
  if (own) return own;
  if (first && running.size === 1) return first;
  throw new SessionUsageError(
    running.size === 0
      ? 'there is no SessionModule here'
      : 'it is not clear whose socket this is: inject SessionSockets',
  );
}
