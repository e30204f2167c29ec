import type { OwnerCall } from '../../src/core/calls/calls.js';
import type { Standing } from '../../src/core/principals/standing.js';
import { keyOf, type ScriptedCluster, type ScriptedNode } from './scripted-cluster.js';
import { create, nextId } from './session-calls.js';

export const HOUR = 3_600_000;
export const principal = keyOf('principal');

type Enlist = Extract<OwnerCall, { kind: 'enlist' }>;

const names = new Map<string, string>();

export function handleOf(name: string): string {
  const handle = keyOf(`handle of ${name}`);
  names.set(handle, name);
  return handle;
}

/** A place for the session named so. */
export function enlist(node: ScriptedNode, name: string, parts: Partial<Enlist> = {}): Enlist {
  return {
    kind: 'enlist',
    key: principal,
    id: nextId(node),
    handle: handleOf(name),
    session: keyOf(name),
    limit: 2,
    policy: 'evict-oldest',
    absoluteTimeoutMs: 10 * HOUR,
    createdMs: 1,
    seenMs: 1,
    device: new Uint8Array(),
    ...parts,
  };
}

export function revoke(
  node: ScriptedNode,
  which: 'all' | 'others' | 'one',
  name?: string,
): OwnerCall {
  const handle = name && handleOf(name);
  return { kind: 'revoke', key: principal, id: nextId(node), which, handle };
}

export const list: OwnerCall = { kind: 'list', key: principal };

/** Signs in at a node: a place first, then the session. Returns what the session was answered. */
export function signIn(
  cluster: ScriptedCluster,
  id: string,
  name: string,
  parts: Partial<Enlist> = {},
): string {
  const node = cluster.node(id);
  const enlisted = cluster.ask(id, enlist(node, name, parts));
  if (enlisted.kind !== 'enlisted') return enlisted.kind;
  return cluster.ask(id, createWith(node, name, enlisted.standing)).kind;
}

export function createWith(node: ScriptedNode, name: string, standing: Standing): OwnerCall {
  return { ...create(node, keyOf(name), { n: 0 }), standing } as OwnerCall;
}

/** The names of the handles on the list, as a node tells it. */
export function listedAt(cluster: ScriptedCluster, id: string): string[] {
  const result = cluster.ask(id, list);
  if (result.kind !== 'listed') return [result.kind];
  return result.sessions.map(({ handle }) => names.get(handle) ?? handle);
}
