import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { OptionError } from '../../errors.js';
import type { Lane } from '../transport.js';
import { processWarnings, type TransportLogger } from '../transport-logger.js';
import type {
  NatsConnectionOptions,
  NatsServerOptions,
  NatsTransportOptions,
  NatsWaiting,
} from './nats-options.js';
import type { NatsConnectionLike } from './official-client.js';
import { parseServers } from './server-list.js';

/** Options of `natsTransport` with defaults filled in: connections are ours to open and close. */
export interface DialPlan {
  readonly kind: 'dial';
  readonly servers: readonly string[];
  readonly lanes: 'separate' | 'one';
  readonly name: string;
  /** Credentials and TLS, as the official client takes them. */
  readonly security: NodeConnectionOptions;
  readonly connectTimeoutMs: number | undefined;
  readonly waitOnFirstConnect: boolean;
  readonly onWaiting: (waiting: NatsWaiting) => void;
  readonly logger: TransportLogger;
}

/** The same for open connections, which stay the caller's. */
export interface LoanPlan {
  readonly kind: 'loan';
  readonly connections: NatsConnectionLike | Readonly<Record<Lane, NatsConnectionLike>>;
  readonly logger: TransportLogger;
}

const LONGEST_CONNECT_TIMEOUT_MS = 86_400_000;

/** @throws OptionError naming the option, its value and what was expected */
export function planNatsTransport(options: NatsTransportOptions): DialPlan | LoanPlan {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError('natsTransport()', options, 'an object with servers or connections');
  }
  const { logger = processWarnings } = options;
  expect('logger', logger, typeof logger?.warn === 'function', 'an object with a warn method');
  const ways = (['servers', 'connection', 'connections'] as const).filter(
    (way) => (options as Record<string, unknown>)[way] !== undefined,
  );
  expect(
    'servers',
    ways.join(' and ') || undefined,
    ways.length === 1,
    'to be the only one of servers, connection and connections',
  );
  return ways[0] === 'servers'
    ? planDial(options as NatsServerOptions, logger)
    : planLoan(options as NatsConnectionOptions, logger);
}

function planDial(options: NatsServerOptions, logger: TransportLogger): DialPlan {
  const { lanes = 'separate', name = 'understudy', connectTimeoutMs } = options;
  const { waitOnFirstConnect = true, onWaiting = () => {} } = options;
  expect('lanes', lanes, lanes === 'separate' || lanes === 'one', "'separate' or 'one'");
  expect('name', name, typeof name === 'string' && name !== '', 'a non-empty string');
  expect(
    'connectTimeoutMs',
    connectTimeoutMs,
    connectTimeoutMs === undefined ||
      (Number.isFinite(connectTimeoutMs) &&
        connectTimeoutMs > 0 &&
        connectTimeoutMs <= LONGEST_CONNECT_TIMEOUT_MS),
    `milliseconds above 0, at most ${LONGEST_CONNECT_TIMEOUT_MS}`,
  );
  expect(
    'waitOnFirstConnect',
    waitOnFirstConnect,
    typeof waitOnFirstConnect === 'boolean',
    'true or false',
  );
  expect('onWaiting', onWaiting, typeof onWaiting === 'function', 'a function');
  const { servers, ...fromAddress } = parseServers(options.servers);
  return {
    kind: 'dial',
    servers,
    lanes,
    name,
    security: planSecurity(options, fromAddress),
    connectTimeoutMs,
    waitOnFirstConnect,
    onWaiting,
    logger,
  };
}

/** Explicit options win over what an address carries. */
function planSecurity(
  options: NatsServerOptions,
  fromAddress: { user?: string; pass?: string; token?: string; tls?: true },
): NodeConnectionOptions {
  const { user, pass, token, authenticator, tls } = options;
  for (const [option, value] of Object.entries({ user, pass, token })) {
    // Never the value itself: these are secrets.
    expect(option, typeof value, value === undefined || typeof value === 'string', 'a string');
  }
  const isAuthenticator = typeof authenticator === 'function' || Array.isArray(authenticator);
  expect(
    'authenticator',
    typeof authenticator,
    authenticator === undefined || isAuthenticator,
    'an authenticator of the NATS client, or a list of them',
  );
  expect('tls', typeof tls, tls == null || typeof tls === 'object', 'an object');
  if (tls) expectPaths(tls);
  expect(
    'pass',
    'set',
    pass === undefined || (user ?? fromAddress.user) !== undefined,
    'user beside it',
  );
  const own = user !== undefined || token !== undefined || authenticator !== undefined;
  const credentials = own
    ? { user, pass, token, authenticator }
    : { ...fromAddress, pass: pass ?? fromAddress.pass, tls: undefined };
  const secured = { ...credentials, tls: tls ?? (fromAddress.tls ? {} : undefined) };
  return Object.fromEntries(
    Object.entries(secured).filter(([, value]) => value !== undefined),
  ) as NodeConnectionOptions;
}

/** The client would name what it cannot find: a key given where its path belongs must not get there. */
function expectPaths(tls: NonNullable<NatsServerOptions['tls']>): void {
  for (const option of ['caFile', 'certFile', 'keyFile'] as const) {
    const path: unknown = tls[option];
    const isPath = typeof path === 'string' && !/-----BEGIN|[\r\n]/.test(path);
    const found = typeof path === 'string' ? 'set' : typeof path;
    const expected = `the path of a file (its content belongs in tls.${option.replace('File', '')})`;
    expect(`tls.${option}`, found, path === undefined || isPath, expected);
  }
}

function planLoan(options: NatsConnectionOptions, logger: TransportLogger): LoanPlan {
  const { connection, connections } = options;
  if (connection !== undefined) {
    expectConnection('connection', connection);
    return { kind: 'loan', connections: connection, logger };
  }
  for (const lane of ['control', 'replication', 'bulk'] as const) {
    expectConnection(`connections.${lane}`, connections?.[lane]);
  }
  return { kind: 'loan', connections: connections as Record<Lane, NatsConnectionLike>, logger };
}

const CONNECTION_METHODS = [
  'publish',
  'subscribe',
  'flush',
  'close',
  'closed',
  'isClosed',
  'isDraining',
  'status',
] as const;

function expectConnection(option: string, value: unknown): void {
  const connection = value as Partial<NatsConnectionLike> | null | undefined;
  const fits = CONNECTION_METHODS.every((method) => typeof connection?.[method] === 'function');
  expect(option, value, fits, 'an open connection of @nats-io/transport-node 3 or nats 2.29');
  expect(option, 'closed', connection?.isClosed?.() !== true, 'an open connection');
}

function expect(option: string, value: unknown, holds: boolean, expected: string): void {
  if (!holds) throw new OptionError(option, value, expected);
}
