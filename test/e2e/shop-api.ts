import { expect } from 'vitest';
import { readCluster } from '../../scripts/cluster/admin.mjs';
import type { System } from '../../scripts/cluster/system.mjs';
import type { Answer, Visitor } from './visitor.js';

export interface CartBody {
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly total: number;
  readonly currency: string;
}

export interface WhoamiBody {
  readonly node: string;
  readonly pid: number;
  readonly principal: string | { readonly id: string } | null;
  readonly revision: string;
  readonly owner: string;
  readonly backups: readonly string[];
}

/** The answer's body, once its status is what it must be. */
export function expectStatus<Body>(answer: Answer<Body>, status: number): Body {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  return answer.body;
}

export async function firstArticles(visitor: Visitor, count: number): Promise<string[]> {
  const answer = await visitor.get<readonly { readonly sku: string }[]>('/api/products');
  const skus = expectStatus(answer, 200).map(({ sku }) => sku);
  expect(skus.length).toBeGreaterThanOrEqual(count);
  return skus.slice(0, count);
}

export async function addToCart(visitor: Visitor, sku: string, quantity: number) {
  return expectOk(await visitor.post<CartBody>('/api/cart/items', { sku, quantity }));
}

export async function readCart(visitor: Visitor, at?: string): Promise<Record<string, number>> {
  const answer = await visitor.get<CartBody>('/api/cart', at === undefined ? {} : { at });
  const { items } = expectStatus(answer, 200);
  return Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity]));
}

export async function whoami(visitor: Visitor): Promise<WhoamiBody> {
  return expectStatus(await visitor.get<WhoamiBody>('/api/whoami'), 200);
}

/** Kills the node that owns the visitor's session, and returns once it is dead. */
export async function killOwner(system: System, visitor: Visitor): Promise<string> {
  const { owner } = await whoami(visitor);
  const id = await nodeByLabel(system, owner);
  expect(await system.shop(id).kill()).toEqual({ code: null, signal: 'SIGKILL' });
  return id;
}

export async function nodeByLabel(system: System, label: string): Promise<string> {
  const { nodes } = await readCluster(system.adminUrl);
  const node = nodes.find((each) => each.label === label);
  expect(node, `a node labelled ${label} among ${JSON.stringify(nodes)}`).toBeDefined();
  return node?.id ?? '';
}

export function expectOk<Body>(answer: Answer<Body>): Body {
  expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(200);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}
