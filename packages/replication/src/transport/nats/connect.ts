import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { TransportConnectError, TransportTlsError } from '../../errors.js';
import type { Lane, Transport } from '../transport.js';
import { guarded } from '../transport-logger.js';
import type { NatsClient } from './nats-client.js';
import { DIAL_TIMEOUT_MS, NatsDialer } from './nats-dialer.js';
import { NatsLane, type NatsSupply } from './nats-lane.js';
import type { NatsTransportOptions } from './nats-options.js';
import { NatsTransport } from './nats-transport.js';
import { adaptConnection, isNoEcho, type NatsConnectionLike } from './official-client.js';
import { type DialPlan, type LoanPlan, planNatsTransport } from './plan.js';
import { dialUntilConnected } from './redial.js';

type Lanes = Readonly<Record<Lane, NatsLane>>;

const MARK_BYTES = 9;

/**
 * A transport over NATS. With `servers` it opens its own connections and replaces them for ever
 * when they are lost; at the start it waits for the bus, calling `onWaiting`. With `connection` or
 * `connections` it uses what is open already.
 *
 * @throws OptionError when an option is wrong
 * @throws TransportConnectError when there is no bus after `connectTimeoutMs`, or at the first
 *   attempt with `waitOnFirstConnect: false`
 * @throws TransportTlsError at the first attempt, when the bus is there and TLS does not come about
 */
export async function natsTransport(options: NatsTransportOptions): Promise<Transport> {
  const plan = planNatsTransport(options);
  const lanes = plan.kind === 'dial' ? await dialLanes(plan) : await borrowLanes(plan);
  return new NatsTransport(lanes, plan.logger, randomBytes(MARK_BYTES).toString('base64url'));
}

async function dialLanes(plan: DialPlan): Promise<Lanes> {
  const dialer = new NatsDialer(plan, Math.random);
  const timeout = new AbortController();
  const { connectTimeoutMs } = plan;
  const timer = connectTimeoutMs && setTimeout(() => timeout.abort(), connectTimeoutMs);
  const opened: NatsLane[] = [];
  const open = async (name: string): Promise<NatsLane> => {
    const client = await dialFirst(plan, dialer, name, timeout);
    const supply = supplyOf(plan, dialer, name);
    const lane = new NatsLane({ name, client, online: true, supply, logger: plan.logger });
    opened.push(lane);
    return lane;
  };
  try {
    if (plan.lanes === 'one') return sharedBy(await open('all lanes'));
    return {
      control: await open('control'),
      replication: await open('replication'),
      bulk: await open('bulk'),
    };
  } catch (error) {
    await Promise.all(opened.map((lane) => lane.close()));
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function dialFirst(
  plan: DialPlan,
  dialer: NatsDialer,
  lane: string,
  timeout: AbortController,
): Promise<NatsClient> {
  const { servers } = plan;
  const begun = performance.now();
  let lastError: Error | undefined;
  const client = await dialUntilConnected({
    ...dialing(dialer, lane),
    onFailure: (attempt, error) => {
      lastError = error;
      // A certificate does not become right by waiting, and whoever starts the node wants to know.
      if (!plan.waitOnFirstConnect || error instanceof TransportTlsError) timeout.abort();
      else guarded(plan.logger, 'onWaiting', () => plan.onWaiting({ servers, attempt, error }));
    },
    signal: timeout.signal,
  });
  if (client !== undefined) return client;
  if (lastError instanceof TransportTlsError) throw lastError;
  const triedMs = plan.connectTimeoutMs ?? Math.ceil(performance.now() - begun);
  throw new TransportConnectError(servers, triedMs, { cause: lastError });
}

function supplyOf({ logger }: DialPlan, dialer: NatsDialer, lane: string): NatsSupply {
  return {
    replace: (lost, signal) => {
      dialer.learn(lost);
      const told = new Set<string>();
      // A certificate may expire while a node runs; in silence this would look like a bus that is gone.
      const onFailure = (_attempt: number, error: Error): void => {
        if (!(error instanceof TransportTlsError) || told.has(error.reason)) return;
        told.add(error.reason);
        logger.warn(`bus connection ${lane}: ${error.message}; retrying`);
      };
      return dialUntilConnected({ ...dialing(dialer, lane), onFailure, signal });
    },
    hasAlternatives: (client) => {
      dialer.learn(client);
      return dialer.hasAlternatives;
    },
  };
}

function dialing(dialer: NatsDialer, lane: string) {
  return {
    dial: () => dialer.dial(lane),
    discard: (late: NatsClient) => void late.close(),
    random: Math.random,
    pause: (delayMs: number) => delay(delayMs),
  };
}

async function borrowLanes({ connections, logger }: LoanPlan): Promise<Lanes> {
  const borrow = async (name: string, connection: NatsConnectionLike): Promise<NatsLane> => {
    const client = adaptConnection(connection, isNoEcho(connection), (fault) =>
      logger.warn(`bus connection ${name}: ${fault instanceof Error ? fault.stack : fault}`),
    );
    return new NatsLane({ name, client, online: await answers(client), logger });
  };
  if (!('control' in connections)) return sharedBy(await borrow('all lanes', connections));
  const [control, replication, bulk] = await Promise.all([
    borrow('control', connections.control),
    borrow('replication', connections.replication),
    borrow('bulk', connections.bulk),
  ]);
  return { control, replication, bulk };
}

/** Neither client tells whether it is connected right now, so the broker is asked. */
async function answers(client: NatsClient): Promise<boolean> {
  const tooLong = new AbortController();
  const flushed = client.flush().then(
    () => true,
    () => false,
  );
  const timedOut = delay(DIAL_TIMEOUT_MS, false, { signal: tooLong.signal }).catch(() => false);
  const answered = await Promise.race([flushed, timedOut]);
  tooLong.abort();
  return answered;
}

function sharedBy(lane: NatsLane): Lanes {
  return { control: lane, replication: lane, bulk: lane };
}
