import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { Version } from '../../core/record/version.js';
import type { Tier, TierEvent } from '../../tiers/tier.js';

/** A store of its own for one case. */
export interface TierFixture {
  /** A further tier on the same store, not opened yet. */
  make(): Tier;
  /** Takes the store away, with all it held in memory. */
  stop?(): Promise<void>;
  /** Gives it back. */
  start?(): Promise<void>;
  /** After the tiers were closed. */
  close(): Promise<void>;
}

/** What a case works with. */
export interface TierRig {
  /** An open tier that can reach its store. */
  open(): Promise<OpenTier>;
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

export interface OpenTier {
  readonly tier: Tier;
  readonly events: readonly TierEvent[];
}

export type TierCases = Readonly<Record<string, (rig: TierRig) => Promise<void>>>;

export const HOUR_MS = 3_600_000;
const DEADLINE_MS = 15_000;
const POLL_MS = 5;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export function newKey(): string {
  return `conformance:${createHash('sha256').update(randomBytes(32)).digest('base64url')}`;
}

export function at(epoch: number, seq: number): Version {
  return { epoch, seq };
}

/** What is stored of a key, as text; `buried` and `none` for what is not a record. */
export async function textAt(tier: Tier, key: string): Promise<string> {
  const answer = await tier.read(key);
  return answer.kind === 'record' ? new TextDecoder().decode(answer.value) : answer.kind;
}

export async function put(tier: Tier, key: string, version: Version, text: string) {
  return tier.write({ key, version, value: bytes(text), keepMs: HOUR_MS });
}

export async function until(what: string, condition: () => Promise<boolean> | boolean) {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    assert(performance.now() < deadline, `waited ${DEADLINE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
