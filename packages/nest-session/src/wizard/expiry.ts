import type { WizardDefinition } from './definition.js';
import type { WizardState } from './state.js';

/**
 * When an instance is over, in ms since 1970; undefined: it lives as long as its session. A claimed
 * one is never over: its side effect may still need the frozen answers. A finished one answers its
 * outcome for as long again.
 */
export function expiresAtMs(
  { ttlMs, idleMs }: WizardDefinition,
  state: WizardState,
): number | undefined {
  const { status, startedAtMs, changedAtMs = startedAtMs } = state;
  if (status === 'submitting') return undefined;
  if (status === 'done') return ttlMs === undefined ? undefined : changedAtMs + ttlMs;
  const ends = [
    ...(ttlMs === undefined ? [] : [startedAtMs + ttlMs]),
    ...(idleMs === undefined ? [] : [changedAtMs + idleMs]),
  ];
  return ends.length === 0 ? undefined : Math.min(...ends);
}

export function isExpired(
  definition: WizardDefinition,
  state: WizardState,
  nowMs: number,
): boolean {
  return nowMs >= (expiresAtMs(definition, state) ?? Number.POSITIVE_INFINITY);
}
