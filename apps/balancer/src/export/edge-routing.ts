import { affinityFaults } from '../config/affinity-rules.js';
import { describeFault } from '../config/field.js';
import { withDefaults } from '../config/ranges.js';
import { BOUNDED_LOAD_RANGES } from '../config/sections/spread.js';
import { ConfigError, OptionError } from '../errors.js';
import { type AffinityMethod, DEFAULT_AFFINITY } from '../routing/affinity.js';
import { ASSIGNMENTS, type Assignment } from '../routing/assignment.js';
import { type BoundedLoad, DEFAULT_BOUNDED_LOAD } from '../routing/bounded-load.js';
import { DEFAULT_NODE_COOKIE, NodeCookie, type NodeCookieOptions } from '../routing/node-cookie.js';

/** How the balancer would route, as it is configured there. */
export interface EdgeRoutingOptions {
  /** Default: Understudy's route cookie. */
  readonly affinity?: readonly AffinityMethod[] | undefined;
  /** Default `p2c`. */
  readonly assignment?: Assignment | undefined;
  readonly boundedLoad?: Partial<BoundedLoad> | undefined;
  /** The cookie of the balancer; for `cookie` it needs the secrets, newest first. */
  readonly cookie?:
    | (Partial<NodeCookieOptions> & { readonly secrets?: readonly string[] | undefined })
    | undefined;
}

/** The same, checked: names and separators can be written into any pattern. */
export interface EdgeRouting {
  readonly affinity: readonly AffinityMethod[];
  readonly assignment: Assignment;
  readonly boundedLoad: BoundedLoad;
  readonly cookie: EdgeCookie;
}

/** The balancer's cookie. What it says of a node never changes, and so is written out for each. */
export interface EdgeCookie {
  readonly options: NodeCookieOptions;
  /** All values that mean a node, the one to be set first. */
  valuesOf(label: string): readonly string[];
  /** The whole `Set-Cookie` of a node. */
  setFor(label: string, protocol: 'http' | 'https'): string;
}

const PLAIN_NAME = /^[A-Za-z0-9_.-]+$/;
const PLAIN_PATH = /^[A-Za-z0-9/._~-]+$/;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** @throws OptionError or ConfigError naming what cannot be expressed. */
export function checkEdgeRouting(options: EdgeRoutingOptions): EdgeRouting {
  const { affinity = DEFAULT_AFFINITY, assignment = 'p2c' } = options;
  if (!ASSIGNMENTS.includes(assignment)) {
    throw new OptionError('assignment', assignment, `one of ${ASSIGNMENTS.join(', ')}`);
  }
  const { secrets = [], ...given } = options.cookie ?? {};
  const cookie = { ...DEFAULT_NODE_COOKIE, ...given };
  const faults = affinityFaults({ affinity, cookie, cookieSecrets: secrets });
  if (faults.length > 0) throw new ConfigError(faults.map(describeFault));
  for (const [at, method] of affinity.entries()) checkNames(method, `affinity[${at}]`);
  if (affinity.some(({ by }) => by === 'cookie')) {
    checkPlain('cookie.name', cookie.name, PLAIN_NAME);
    checkPlain('cookie.path', cookie.path, PLAIN_PATH);
  }
  const boundedLoad = withDefaults(
    'boundedLoad',
    DEFAULT_BOUNDED_LOAD,
    BOUNDED_LOAD_RANGES,
    options.boundedLoad,
  );
  return { affinity, assignment, boundedLoad, cookie: edgeCookie(cookie, secrets) };
}

function checkNames(method: AffinityMethod, path: string): void {
  if (!('name' in method)) return;
  checkPlain(`${path}.name`, method.name, PLAIN_NAME);
  if (method.mode === 'suffix') checkPlain(`${path}.separator`, method.separator, PRINTABLE);
}

/** What else a name may hold would have to be quoted in each format, in a way of its own. */
function checkPlain(option: string, value: string, pattern: RegExp): void {
  if (pattern.test(value)) return;
  const expected = `characters that every proxy takes as they are: ${pattern.source}`;
  throw new OptionError(option, value, expected);
}

function edgeCookie(options: NodeCookieOptions, secrets: readonly string[]): EdgeCookie {
  const writers = secrets.map((secret) => new NodeCookie(options, [secret]));
  const write = (writer: NodeCookie | undefined, label: string, protocol: 'http' | 'https') =>
    writer?.write(label, undefined, protocol) ?? '';
  return {
    options,
    valuesOf: (label) =>
      writers.map((writer) => {
        const [pair = ''] = write(writer, label, 'http').split(';', 1);
        return pair.slice(options.name.length + 1);
      }),
    setFor: (label, protocol) => write(writers[0], label, protocol),
  };
}
