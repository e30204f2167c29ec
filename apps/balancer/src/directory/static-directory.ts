import { LABEL_PATTERN } from '../contract.js';
import { OptionError, UnknownNodeError } from '../errors.js';
import type { BalancerNode, NodeDirectory, NodeState } from './node-directory.js';

/** A node as written in a configuration. */
export interface StaticNode {
  readonly label: string;
  /** Origin of the node: `http://host:port`. */
  readonly url: string;
  /** Default: the label. */
  readonly id?: string | undefined;
  /** Default 1. */
  readonly weight?: number | undefined;
  readonly zone?: string | undefined;
  readonly pid?: number | undefined;
  /** Default `active`. */
  readonly state?: NodeState | undefined;
}

/** A directory that can be changed by hand: by the configuration, by tests, by the admin port. */
export interface StaticDirectory extends NodeDirectory {
  /**
   * Replaces the list. What `setState` said of a node goes on as long as its id and URL do and the
   * list says the same of it. Throws `OptionError` on a malformed node.
   */
  replace(nodes: readonly StaticNode[]): void;
  setState(id: string, state: NodeState): void;
}

/**
 * A fixed list of nodes. Draining one through it is known to this balancer only.
 *
 * @throws OptionError when a label or URL is malformed or a label or id occurs twice.
 */
export function staticDirectory(initial: readonly StaticNode[]): StaticDirectory {
  let nodes: readonly BalancerNode[] = normalise(initial);
  const listeners = new Set<() => void>();
  const publish = (next: readonly BalancerNode[]): void => {
    nodes = next;
    for (const listener of [...listeners]) listener();
  };
  let listed = nodes;
  /** What was set by hand, by incarnation. */
  const states = new Map<string, NodeState>();
  const setState = (id: string, state: NodeState): void => {
    const node = nodes.find((one) => one.id === id);
    if (node === undefined) throw new UnknownNodeError(id);
    states.set(node.incarnation, state);
    publish(nodes.map((node) => (node.id === id ? { ...node, state } : node)));
  };
  return {
    nodes: () => nodes,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onFailover: () => () => {},
    reportUnreachable() {},
    async requestState(id, state) {
      setState(id, state === 'drain' ? 'draining' : 'active');
    },
    async close() {
      listeners.clear();
    },
    replace(next) {
      const former = new Map(listed.map((node) => [node.incarnation, node.state]));
      listed = normalise(next);
      for (const incarnation of [...states.keys()]) {
        const now = listed.find((node) => node.incarnation === incarnation)?.state;
        if (now !== former.get(incarnation)) states.delete(incarnation);
      }
      publish(
        listed.map((node) => ({ ...node, state: states.get(node.incarnation) ?? node.state })),
      );
    },
    setState,
  };
}

/**
 * Reads `label=url,label=url`.
 *
 * @throws OptionError naming `option` when an entry is not of that form.
 */
export function parseNodeList(text: string, option: string): StaticNode[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => {
      const separator = entry.indexOf('=');
      if (separator < 1) throw new OptionError(option, entry, 'label=url, separated by commas');
      return { label: entry.slice(0, separator), url: entry.slice(separator + 1) };
    });
}

function normalise(nodes: readonly StaticNode[]): BalancerNode[] {
  const labels = new Set<string>();
  const ids = new Set<string>();
  return nodes.map((node) => {
    if (!LABEL_PATTERN.test(node.label)) {
      throw new OptionError('node label', node.label, '1 to 32 of A-Z a-z 0-9 _ -');
    }
    const id = node.id ?? node.label;
    if (labels.has(node.label)) throw new OptionError('node label', node.label, 'a unique label');
    if (ids.has(id)) throw new OptionError('node id', id, 'a unique id');
    labels.add(node.label);
    ids.add(id);
    return {
      id,
      label: node.label,
      incarnation: `${id}@${node.url}`,
      url: requireOrigin(node.url),
      state: node.state ?? 'active',
      weight: node.weight ?? 1,
      zone: node.zone,
      pid: node.pid,
      sessionsOwned: 0,
      sessionsHeld: 0,
    };
  });
}

/**
 * The origin of a node's URL; undefined when it is none, or says more than an origin, which would
 * silently be dropped.
 */
export function originOfNode(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' || parsed.pathname !== '/') return undefined;
  const { search, hash, username, password } = parsed;
  return search + hash + username + password === '' ? parsed.origin : undefined;
}

function requireOrigin(url: string): string {
  const origin = originOfNode(url);
  if (origin !== undefined) return origin;
  throw new OptionError('node url', url, 'http://host:port without a path');
}
