import { LABEL_PATTERN } from '../contract.js';
import { OptionError } from '../errors.js';
import { hostAndPort } from '../host-and-port.js';
import { checkEdgeRouting, type EdgeRouting, type EdgeRoutingOptions } from './edge-routing.js';

/** A node as another proxy has to know it. */
export interface EdgeNode {
  /** Becomes the name of the server: it is what route cookies say. */
  readonly label: string;
  /** `http://host:port`. */
  readonly url: string;
  /** Share of the requests without a session. Default 1. */
  readonly weight?: number | undefined;
}

export interface EdgeOptions extends EdgeRoutingOptions {
  readonly nodes: readonly EdgeNode[];
  /** `host:port` for clients. Default 127.0.0.1:8080. */
  readonly listen?: string | undefined;
  /** Version of nginx to write for, as in `1.22`. Default 1.22; from 1.29.6 on `sticky route`. */
  readonly nginxVersion?: string | undefined;
  /** Is told what the proxy does in another way than the balancer; the text says the same. */
  readonly onNote?: ((note: string) => void) | undefined;
}

/** The same, checked: everything in it can be written into a configuration as it is. */
export interface EdgeFleet extends EdgeRouting {
  readonly nodes: readonly EdgeServer[];
  readonly listen: string;
  readonly nginxVersion: readonly [number, number, number];
}

export interface EdgeServer {
  readonly label: string;
  readonly host: string;
  readonly port: number;
  /** `host:port`, IPv6 in brackets. */
  readonly address: string;
  readonly weight: number;
}

/** Pairs of owner and backup are spelt out for nginx, so their number grows with the square. */
const MAX_NODES = 32;
const LISTEN = /^(?:\*|[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/;
const VERSION = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?$/;

/** @throws OptionError or ConfigError naming what cannot be expressed. */
export function checkEdgeFleet(options: EdgeOptions): EdgeFleet {
  const { nodes, listen = '127.0.0.1:8080', nginxVersion = '1.22' } = options;
  if (nodes.length === 0 || nodes.length > MAX_NODES) {
    throw new OptionError('the number of nodes', nodes.length, `1 to ${MAX_NODES}`);
  }
  if (!LISTEN.test(listen)) throw new OptionError('listen', listen, 'host:port');
  const version = VERSION.exec(nginxVersion);
  if (version === null) throw new OptionError('nginxVersion', nginxVersion, 'a version as in 1.22');
  const servers = nodes.map(serverOf);
  const seen = new Set<string>();
  for (const { label } of servers) {
    if (seen.has(label)) throw new OptionError('label', label, 'a label of its own for each node');
    seen.add(label);
  }
  const [major, minor, patch = '0'] = version.slice(1) as [string, string, string | undefined];
  return {
    nodes: servers,
    listen,
    nginxVersion: [Number(major), Number(minor), Number(patch)],
    ...checkEdgeRouting(options),
  };
}

function serverOf({ label, url, weight = 1 }: EdgeNode): EdgeServer {
  if (!LABEL_PATTERN.test(label)) {
    throw new OptionError('label', label, '1 to 32 of A-Z a-z 0-9 _ -');
  }
  const origin = parseOrigin(url);
  if (origin === undefined) throw new OptionError(`url of ${label}`, url, 'http://host:port');
  if (!Number.isInteger(weight) || weight < 1 || weight > 100) {
    throw new OptionError(`weight of ${label}`, weight, 'a whole number from 1 to 100');
  }
  const { host, port } = origin;
  return { label, host, port, address: hostAndPort(host, port), weight };
}

/** Names and addresses only: what a URL may hold besides would have to be quoted in each format. */
function parseOrigin(url: string): { readonly host: string; readonly port: number } | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const { protocol, hostname, port, pathname, search, hash, username, password } = parsed;
  if (protocol !== 'http:' || pathname !== '/' || `${search}${hash}${username}${password}` !== '') {
    return undefined;
  }
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!/^[A-Za-z0-9.:-]+$/.test(host)) return undefined;
  return { host, port: Number(port || 80) };
}
