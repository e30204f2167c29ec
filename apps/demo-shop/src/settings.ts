import { SettingError } from './errors.js';
import { LIMITS } from './limits.js';

/** What one shop process is told by its environment. Nothing optional is left after reading. */
export interface ShopSettings {
  /** `HOST`: address to listen on. Default `127.0.0.1`. */
  readonly host: string;
  /** `PORT`: 0 takes a free one. Default 3000. */
  readonly port: number;
  /** `NODE_ID`: stable name of this node, shown in the dock. Default `n1`. */
  readonly nodeId: string;
  /** `UNDERSTUDY_BUS`: NATS servers, comma separated. Absent: one node, in memory. */
  readonly bus: readonly string[] | undefined;
  /**
   * `UNDERSTUDY_REDIS`: keeps a cold copy of every session there, so that they survive the death of all
   * nodes. Absent: memory only. Needs `UNDERSTUDY_SECRET`.
   */
  readonly redisUrl: string | undefined;
  /**
   * `UNDERSTUDY_REDIS_MODE`: `write-behind` (default) follows within a moment, `write-through` answers a
   * change once Redis has it.
   */
  readonly redisMode: 'write-behind' | 'write-through';
  /** `UNDERSTUDY_CLUSTER`: nodes of one name replicate to each other. Default `shop`. */
  readonly clusterName: string;
  /** `UNDERSTUDY_SECRET`: newest first; the first signs, all verify. Required with a bus. */
  readonly secrets: readonly string[] | undefined;
  /** `SHOP_DATABASE`: SQLite file shared by all nodes. Default `.understudy/shop.db`. */
  readonly databasePath: string;
  /** `SHOP_ADAPTER`: `express` (default) or `fastify`. */
  readonly adapter: 'express' | 'fastify';
  /** `SHOP_URL`: where the balancer reaches this node. Default `http://HOST:PORT`. */
  readonly publicUrl: string | undefined;
  /**
   * `SHOP_TRUSTED_PROXIES`: whose `X-Forwarded-*` are believed, as addresses, subnets or the words
   * `loopback`, `linklocal` and `uniquelocal`, comma separated. Default `loopback`.
   */
  readonly trustedProxies: string;
  /** `SHOP_JOURNAL`: file to which events of the cluster are appended. Absent: none. */
  readonly journalPath: string | undefined;
  /**
   * `SHOP_WARM_UP`: requests in pairs that the shop's code serves to itself before anybody can come.
   * Default 30; 0 for none.
   */
  readonly warmUpRounds: number;
  /** `UNDERSTUDY_IGNORE_SIGINT=1`: leave Ctrl-C to the launcher, which drains its children. */
  readonly ignoreInterrupt: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const HOW_TO_MAKE_ONE =
  "make one with: node -p \"require('crypto').randomBytes(32).toString('base64url')\"";

/** Only a single node that is not in production may sign with a secret nobody else knows. */
function requireNoSecret(environment: Environment, hasBus: boolean): void {
  if (hasBus) {
    const expected = `the same secret on every node, because UNDERSTUDY_BUS is set; ${HOW_TO_MAKE_ONE}`;
    throw new SettingError('UNDERSTUDY_SECRET', undefined, expected);
  }
  if (environment.NODE_ENV === 'production') {
    const expected = `a secret, because NODE_ENV is production; ${HOW_TO_MAKE_ONE}`;
    throw new SettingError('UNDERSTUDY_SECRET', undefined, expected);
  }
}

/** @throws SettingError naming the variable, its value and what was expected. */
export function readSettings(environment: Environment): ShopSettings {
  const bus = list(environment, 'UNDERSTUDY_BUS');
  for (const server of bus ?? []) checkBus(server);
  const secrets = list(environment, 'UNDERSTUDY_SECRET');
  // Values of a secret stay out of the message, because messages end up in logs.
  if (secrets?.some((secret) => secret.length < 32)) {
    throw new SettingError('UNDERSTUDY_SECRET', '…', 'secrets of at least 32 characters');
  }
  if (secrets === undefined) requireNoSecret(environment, bus !== undefined);
  return {
    host: text(environment, 'HOST') ?? '127.0.0.1',
    port: port(environment),
    nodeId: matching(environment, 'NODE_ID', /^[A-Za-z0-9_-]{1,32}$/) ?? 'n1',
    bus,
    redisUrl: redisUrl(environment, secrets),
    redisMode: oneOf(environment, 'UNDERSTUDY_REDIS_MODE', REDIS_MODES) ?? 'write-behind',
    clusterName: matching(environment, 'UNDERSTUDY_CLUSTER', CLUSTER_NAME) ?? 'shop',
    secrets,
    databasePath: text(environment, 'SHOP_DATABASE') ?? '.understudy/shop.db',
    adapter: oneOf(environment, 'SHOP_ADAPTER', ['express', 'fastify']) ?? 'express',
    publicUrl: publicUrl(environment),
    trustedProxies: matching(environment, 'SHOP_TRUSTED_PROXIES', PROXIES) ?? 'loopback',
    journalPath: text(environment, 'SHOP_JOURNAL'),
    warmUpRounds: wholeNumber(environment, 'SHOP_WARM_UP', LIMITS.maxWarmUpRounds) ?? 30,
    ignoreInterrupt: oneOf(environment, 'UNDERSTUDY_IGNORE_SIGINT', ['0', '1']) === '1',
  };
}

const CLUSTER_NAME = new RegExp(`^[A-Za-z0-9_-]{1,${LIMITS.maxClusterNameLength}}$`);

const PROXIES = /^[A-Za-z0-9.:/]+(, ?[A-Za-z0-9.:/]+)*$/;

/** An empty variable counts as absent: shells and compose files cannot unset one. */
function text(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === '' ? undefined : value;
}

function list(environment: Environment, variable: string): string[] | undefined {
  const value = text(environment, variable);
  if (value === undefined) return undefined;
  const parts = value.split(',').map((part) => part.trim());
  if (parts.includes('')) {
    const shown = variable === 'UNDERSTUDY_SECRET' ? '…' : value;
    throw new SettingError(variable, shown, 'values separated by single commas');
  }
  return parts;
}

function matching(environment: Environment, variable: string, form: RegExp): string | undefined {
  const value = text(environment, variable);
  if (value === undefined || form.test(value)) return value;
  throw new SettingError(variable, value, `text like ${form}`);
}

function oneOf<const Choice extends string>(
  environment: Environment,
  variable: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = text(environment, variable);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw new SettingError(variable, value, choices.join(' or '));
}

function wholeNumber(
  environment: Environment,
  variable: string,
  max: number,
  expected = `a whole number from 0 to ${max}`,
): number | undefined {
  const value = text(environment, variable);
  if (value === undefined) return undefined;
  const isShort = value.length <= String(max).length;
  const number = isShort && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number <= max) return number;
  throw new SettingError(variable, value, expected);
}

function port(environment: Environment): number {
  return wholeNumber(environment, 'PORT', 65_535, 'a port from 0 (any free one) to 65535') ?? 3000;
}

function checkBus(server: string): void {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url !== undefined && ['nats:', 'tls:', 'ws:', 'wss:'].includes(url.protocol)) return;
  const shown = server.replace(/\/\/.*@/, '//…@');
  throw new SettingError('UNDERSTUDY_BUS', shown, 'URLs such as nats://127.0.0.1:4222');
}

const REDIS_MODES = ['write-behind', 'write-through'] as const;

function redisUrl(environment: Environment, secrets: readonly string[] | undefined) {
  const value = text(environment, 'UNDERSTUDY_REDIS');
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol)) {
    const shown = value.replace(/\/\/.*@/, '//…@');
    throw new SettingError('UNDERSTUDY_REDIS', shown, 'a URL such as redis://127.0.0.1:6379');
  }
  if (secrets === undefined) {
    const expected = `a secret, or nobody could open what Redis kept; ${HOW_TO_MAKE_ONE}`;
    throw new SettingError('UNDERSTUDY_SECRET', undefined, expected);
  }
  return value;
}

function publicUrl(environment: Environment): string | undefined {
  const value = text(environment, 'SHOP_URL');
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin;
  throw new SettingError('SHOP_URL', value, 'a URL such as http://127.0.0.1:3000');
}
