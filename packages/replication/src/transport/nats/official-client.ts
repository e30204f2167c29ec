import { headers as newHeaders } from '@nats-io/transport-node';
import { NATS_MAX_COMPLAINTS, NATS_USUAL_PAYLOAD_BYTES } from '../limits.js';
import type { TransportSubscription } from '../transport.js';
import type {
  NatsClient,
  NatsClientEvent,
  NatsDelivery,
  NatsPublishOptions,
} from './nats-client.js';

interface HeadersLike {
  readonly code: number;
  get(key: string): string;
}

/** An event: an error is in `error` (3.x), or in `data` and `permissionContext` (2.x). */
interface StatusLike {
  readonly type: string;
  readonly error?: unknown;
  readonly data?: unknown;
  readonly permissionContext?: { readonly operation: string; readonly subject: string };
}

interface MessageLike {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: HeadersLike;
}

/**
 * An open connection of `@nats-io/transport-node` 3, `@nats-io/nats-core` 3 or `nats` 2.29, as far
 * as it is used here. Described by shape, so that neither package needs to be installed for types.
 */
export interface NatsConnectionLike {
  publish(subject: string, payload?: Uint8Array, options?: object): void;
  subscribe(
    subject: string,
    options?: { callback?: (error: never, message: never) => void },
  ): { unsubscribe(max?: number): void };
  flush(): Promise<void>;
  close(): Promise<void>;
  closed(): Promise<unknown>;
  isClosed(): boolean;
  isDraining(): boolean;
  status(): AsyncIterable<StatusLike>;
  readonly info?: { readonly max_payload: number; readonly connect_urls?: string[] };
}

const ORIGIN_HEADER = 'Understudy-Origin';
const NO_RESPONDERS = 503;

/** Both generations use these strings; the 2.x enums are the same at run time. */
const EVENTS: Readonly<Record<string, NatsClientEvent>> = {
  disconnect: 'lost',
  reconnect: 'regained',
  staleConnection: 'stale',
  ldm: 'lame-duck',
};

/**
 * Fits a connection of either official client to the port. All that differs between 2.x and 3.x,
 * and all that is not in their public types, stays in this file.
 *
 * @param noEcho whether it is known that the connection was opened with `noEcho`
 * @param onFault told about exceptions in a callback: they must not reach the client, whose loop
 *   that reads the socket would end
 */
export function adaptConnection(
  connection: NatsConnectionLike,
  noEcho: boolean,
  onFault: (error: unknown) => void,
): NatsClient {
  return new OfficialClient(connection, noEcho, onFault);
}

class OfficialClient implements NatsClient {
  readonly closed: Promise<Error | undefined>;
  #maxPayloadBytes = NATS_USUAL_PAYLOAD_BYTES;
  #knownServers: readonly string[] = [];
  readonly #complaints = new Set<string>();

  constructor(
    private readonly connection: NatsConnectionLike,
    private readonly noEcho: boolean,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.closed = connection
      .closed()
      .then((reason) => (reason instanceof Error ? reason : undefined));
  }

  get maxPayloadBytes(): number {
    // Unknown while the client reconnects; then the last broker's limit is the best guess.
    this.#maxPayloadBytes = this.connection.info?.max_payload ?? this.#maxPayloadBytes;
    return this.#maxPayloadBytes;
  }

  get echoes(): boolean {
    return !this.noEcho;
  }

  get knownServers(): readonly string[] {
    this.#knownServers = this.connection.info?.connect_urls ?? this.#knownServers;
    return this.#knownServers;
  }

  publish(subject: string, payload: Uint8Array, { replyTo, origin }: NatsPublishOptions): void {
    if (this.#isEnding()) return;
    if (replyTo === undefined && origin === undefined) {
      this.connection.publish(subject, payload);
      return;
    }
    this.connection.publish(subject, payload, {
      ...(replyTo === undefined ? {} : { reply: replyTo }),
      ...(origin === undefined ? {} : { headers: originHeaders(origin) }),
    });
  }

  subscribe(pattern: string, onMessage: (delivery: NatsDelivery) => void): TransportSubscription {
    if (this.#isEnding()) return { unsubscribe: () => {} };
    const callback = (error: Error | null, message: MessageLike): void => {
      try {
        if (error === null) onMessage(toDelivery(message));
        else this.onFault(error);
      } catch (fault) {
        this.onFault(fault);
      }
    };
    const subscription = this.connection.subscribe(pattern, { callback });
    return { unsubscribe: () => subscription.unsubscribe() };
  }

  flush(): Promise<void> {
    return this.connection.flush();
  }

  watch(listener: (event: NatsClientEvent) => void): void {
    const follow = async (): Promise<void> => {
      for await (const status of this.connection.status()) {
        // Remembered at each turn: a closed client no longer tells what it knew.
        void this.knownServers;
        const event = EVENTS[status.type];
        if (event !== undefined) listener(event);
        if (status.type === 'error') this.#report(status);
      }
    };
    follow().catch(this.onFault);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** The broker complains of every message anew; once is enough. */
  #report(status: StatusLike): void {
    const complaint = describeError(status);
    if (this.#complaints.has(complaint) || this.#complaints.size >= NATS_MAX_COMPLAINTS) return;
    this.#complaints.add(complaint);
    this.onFault(new Error(complaint));
  }

  /** The client throws then; on this bus, what cannot be sent is dropped. */
  #isEnding(): boolean {
    return this.connection.isClosed() || this.connection.isDraining();
  }
}

/** The older client only calls `encode()` on them, so the newer one's headers serve both. */
function originHeaders(origin: string): object {
  const headers = newHeaders();
  headers.set(ORIGIN_HEADER, origin);
  return headers;
}

function toDelivery(message: MessageLike): NatsDelivery {
  const { headers } = message;
  const payload = message.data;
  return {
    subject: message.subject,
    payload,
    noResponders: headers?.code === NO_RESPONDERS && payload.byteLength === 0,
    origin: headers?.get(ORIGIN_HEADER) || undefined,
  };
}

function describeError({ error, data, permissionContext }: StatusLike): string {
  const what = error instanceof Error ? error.message : String(data);
  if (permissionContext === undefined) return what;
  return `${what}: ${permissionContext.operation} of ${permissionContext.subject}`;
}

/** Whether a foreign connection is known to be `noEcho`; a setting neither client publishes. */
export function isNoEcho(connection: NatsConnectionLike): boolean {
  const { options } = connection as { readonly options?: { readonly noEcho?: boolean } };
  return options?.noEcho === true;
}
