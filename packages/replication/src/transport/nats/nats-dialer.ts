import { connect, type NatsConnection } from '@nats-io/transport-node';
import { TransportTlsError } from '../../errors.js';
import { NATS_MAX_SERVERS } from '../limits.js';
import type { NatsClient } from './nats-client.js';
import { adaptConnection } from './official-client.js';
import type { DialPlan } from './plan.js';
import { explainTlsFailure } from './tls-failure.js';

/** For one server to accept and answer; then the next one is tried. */
export const DIAL_TIMEOUT_MS = 2_000;

/** A broker that leaves two of these unanswered is given up: a frozen one shows after ~3 s. */
const PING_INTERVAL_MS = 1_000;
const MAX_PINGS_OUT = 2;

/** Opens connections to one bus and remembers the brokers it has learned of. */
export class NatsDialer {
  #discovered: readonly string[] = [];

  constructor(
    private readonly plan: DialPlan,
    private readonly random: () => number,
  ) {}

  /**
   * One round over the servers; rejects with the error of the last one.
   *
   * @throws TransportTlsError when it is TLS that does not come about
   */
  async dial(lane: string): Promise<NatsClient> {
    const servers = this.#inOrder();
    const begun = performance.now();
    const connection = await this.#connect(lane, servers).catch(async (error: unknown) => {
      const { tls } = this.plan.security;
      const failure = await explainTlsFailure(servers.at(-1) as string, tls, error);
      if (failure === undefined) throw error;
      const triedMs = Math.ceil(performance.now() - begun);
      const { reason, why, cause } = failure;
      throw new TransportTlsError(this.plan.servers, triedMs, reason, why, { cause });
    });
    const client = adaptConnection(connection, true, (fault) =>
      this.plan.logger.warn(`bus connection ${lane}: ${describe(fault)}`),
    );
    this.learn(client);
    return client;
  }

  #connect(lane: string, servers: string[]): Promise<NatsConnection> {
    return connect({
      ...this.plan.security,
      servers,
      noRandomize: true,
      name: this.plan.lanes === 'one' ? this.plan.name : `${this.plan.name}-${lane}`,
      // The lane replaces a lost connection; see there.
      reconnect: false,
      timeout: DIAL_TIMEOUT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: MAX_PINGS_OUT,
      noEcho: true,
      noAsyncTraces: true,
      ignoreAuthErrorAbort: true,
    });
  }

  /** Takes over what a connection was told about the cluster. */
  learn(client: NatsClient): void {
    const { servers } = this.plan;
    const news = client.knownServers.filter((address) => !servers.includes(address));
    this.#discovered = news.slice(0, NATS_MAX_SERVERS - servers.length);
  }

  get hasAlternatives(): boolean {
    return this.plan.servers.length + this.#discovered.length > 1;
  }

  /** The configured ones first: discovered addresses may be unreachable from here. */
  #inOrder(): string[] {
    return [...this.#shuffled(this.plan.servers), ...this.#shuffled(this.#discovered)];
  }

  #shuffled(addresses: readonly string[]): string[] {
    return addresses
      .map((address) => ({ address, rank: this.random() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ address }) => address);
  }
}

function describe(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
}
