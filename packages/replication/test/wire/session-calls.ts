import type { CallOutcome, OwnerCall } from '../../src/core/calls/calls.js';
import type { CommitId } from '../../src/core/record/applied-commits.js';
import type { Operation } from '../../src/core/values/operations.js';
import type { SessionObject } from '../../src/core/values/values.js';
import type { ScriptedCluster, ScriptedNode } from './scripted-cluster.js';

const MINUTE = 60_000;

type Commit = Extract<OwnerCall, { kind: 'commit' }>;
type Rotate = Extract<OwnerCall, { kind: 'rotate' }>;

/** As the shell makes them: everything below the watermark is answered. */
export function nextId(node: ScriptedNode): CommitId {
  const counter = ++node.commits;
  const open = [...node.commitTickets].find(([, ticket]) => ticket.result === undefined);
  return { origin: node.incarnation, counter, watermark: open?.[0] ?? counter };
}

export function create(node: ScriptedNode, key: string, data: SessionObject = {}): OwnerCall {
  return {
    kind: 'create',
    key,
    id: nextId(node),
    data,
    system: {},
    idleTimeoutMs: 30 * MINUTE,
    absoluteTimeoutMs: 600 * MINUTE,
    durability: 'backup',
  };
}

export function commit(
  node: ScriptedNode,
  key: string,
  operations: readonly Operation[],
  parts: Partial<Commit> = {},
): Commit {
  return {
    kind: 'commit',
    key,
    id: nextId(node),
    base: { epoch: 0, seq: 0 },
    operations,
    exact: false,
    durability: 'backup',
    ...parts,
  };
}

/** Doubles show, and so do losses. */
export function increment(node: ScriptedNode, key: string, parts: Partial<Commit> = {}): Commit {
  return commit(node, key, [{ kind: 'increment', path: ['data', 'n'], by: 1 }], parts);
}

export function rotate(
  node: ScriptedNode,
  key: string,
  to: string,
  parts: Partial<Rotate> = {},
): Rotate {
  return {
    kind: 'rotate',
    key,
    id: nextId(node),
    to,
    base: { epoch: 0, seq: 0 },
    operations: [],
    acrossLogin: true,
    durability: 'backup',
    ...parts,
  };
}

export const open = (key: string): OwnerCall => ({ kind: 'open', key });
export const destroy = (key: string): OwnerCall => ({ kind: 'destroy', key, reason: 'logout' });

/** A session of node `id`, copied as the settings say. */
export function given(cluster: ScriptedCluster, id: string, key: string, data?: SessionObject) {
  const result = cluster.ask(id, create(cluster.node(id), key, data));
  if (result.kind !== 'committed') throw new Error(`not created: ${result.kind}`);
}

export function dataOf(result: CallOutcome | undefined): SessionObject | string | undefined {
  if (result?.kind === 'record' || result?.kind === 'committed') return result.view.document.data;
  return result?.kind;
}

/** What a node answers to whoever opens the session there. */
export function seenAt(cluster: ScriptedCluster, id: string, key: string) {
  return dataOf(cluster.ask(id, open(key)));
}
