import { parseNodeList, type StaticNode } from './directory/static-directory.js';
import { OptionError } from './errors.js';
import type { Assignment } from './routing/route-request.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the process was started with. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly assignment: Assignment;
  /** Where the nodes come from: the cluster's bus, or a fixed list. */
  readonly nodes:
    | {
        readonly from: 'bus';
        readonly servers: string;
        readonly cluster: string | undefined;
        /** The cluster's keys, newest first. */
        readonly keyring: readonly KeyringEntry[] | undefined;
        /** While a keyring is introduced: messages that are not sealed are read, too. */
        readonly acceptPlain: boolean;
      }
    | { readonly from: 'list'; readonly list: readonly StaticNode[] };
  /** How long a node may take until the first byte of its response; undefined: the default. */
  readonly firstByteMs: number | undefined;
  /** The launcher drains its children itself on Ctrl-C, which the terminal sends to all of them. */
  readonly ignoreSigint: boolean;
}

export interface KeyringEntry {
  readonly id: string;
  readonly secret: string;
}

const CLUSTER_NAME = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * Reads the environment of `main.ts`. An empty variable counts as absent.
 *
 * @throws OptionError naming the variable, its value and what was expected.
 */
export function readEnvironment(environment: Environment): Settings {
  const read = (name: string): string | undefined => environment[name] || undefined;
  return {
    host: read('HOST') ?? '127.0.0.1',
    port: readPort('PORT', read('PORT') ?? '8080'),
    adminHost: read('ADMIN_HOST') ?? '127.0.0.1',
    adminPort: readPort('ADMIN_PORT', read('ADMIN_PORT') ?? '8081'),
    assignment: readAssignment(read('BALANCER_ASSIGNMENT') ?? 'sticky'),
    nodes: readNodes(read),
    firstByteMs: readMilliseconds('BALANCER_FIRST_BYTE_MS', read('BALANCER_FIRST_BYTE_MS')),
    ignoreSigint: read('UNDERSTUDY_IGNORE_SIGINT') === '1',
  };
}

function readNodes(read: (name: string) => string | undefined): Settings['nodes'] {
  const list = read('BALANCER_NODES');
  if (list !== undefined) return { from: 'list', list: parseNodeList(list, 'BALANCER_NODES') };
  const servers = read('UNDERSTUDY_BUS');
  if (servers === undefined) {
    throw new OptionError('UNDERSTUDY_BUS', servers, 'the URL of the bus, or set BALANCER_NODES');
  }
  const cluster = read('UNDERSTUDY_CLUSTER');
  if (cluster !== undefined && !CLUSTER_NAME.test(cluster)) {
    throw new OptionError('UNDERSTUDY_CLUSTER', cluster, '1 to 64 of A-Z a-z 0-9 _ -');
  }
  const keyring = readKeyring(read('UNDERSTUDY_KEYRING'));
  const acceptPlain = read('UNDERSTUDY_ACCEPT_PLAIN') === '1';
  if (acceptPlain && !keyring) {
    throw new OptionError('UNDERSTUDY_ACCEPT_PLAIN', '1', 'nothing without UNDERSTUDY_KEYRING');
  }
  return { from: 'bus', servers, cluster, keyring, acceptPlain };
}

const KEYRING_ENTRY = /^([A-Za-z0-9_.-]{1,32}):(.{32,})$/;

/** `id:secret`, newest first, separated by commas. A refusal shows no secret. */
function readKeyring(text: string | undefined): readonly KeyringEntry[] | undefined {
  return text?.split(',').map((entry, index) => {
    const [, id, secret] = KEYRING_ENTRY.exec(entry.trim()) ?? [];
    if (id !== undefined && secret !== undefined) return { id, secret };
    const expected = 'id:secret with a secret of at least 32 characters, separated by commas';
    throw new OptionError('UNDERSTUDY_KEYRING', `… (key ${index + 1})`, expected);
  });
}

function readPort(name: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new OptionError(name, text, 'a port from 0 to 65535');
}

function readMilliseconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new OptionError(name, text, 'milliseconds from 1 to 9999999');
}

function readAssignment(text: string): Assignment {
  if (text === 'sticky' || text === 'round-robin') return text;
  throw new OptionError('BALANCER_ASSIGNMENT', text, 'sticky or round-robin');
}
