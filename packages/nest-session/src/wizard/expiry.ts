import type { WizardDefinition } from './definition.js';
import type { WizardState } from './state.js';

type Timed = Pick<WizardState, 'status' | 'startedAtMs' | 'changedAtMs'>;

/** The end of an instance. */
export interface WizardEnd {
  /** In ms since 1970. */
  readonly atMs: number;
  /** The time that is over then: `ttl` or `idle`, in ms. */
  readonly spanMs: number;
}

/**
 * When an instance is over; undefined: it lives as long as its session. A claimed one is never over:
 * its side effect may still need the frozen answers. A finished one answers its outcome for as long
 * again.
 */
export function endOf({ ttlMs, idleMs }: WizardDefinition, state: Timed): WizardEnd | undefined {
  const { status, startedAtMs, changedAtMs = startedAtMs } = state;
  if (status === 'submitting') return undefined;
  if (status === 'done') return endAfter(changedAtMs, ttlMs);
  const whole = endAfter(startedAtMs, ttlMs);
  const idle = endAfter(changedAtMs, idleMs);
  if (!whole || !idle) return whole ?? idle;
  return idle.atMs < whole.atMs ? idle : whole;
}

/** The same in ms since 1970. */
export function expiresAtMs(definition: WizardDefinition, state: WizardState): number | undefined {
  return endOf(definition, state)?.atMs;
}

export function isExpired(
  definition: WizardDefinition,
  state: WizardState,
  nowMs: number,
): boolean {
  return nowMs >= (expiresAtMs(definition, state) ?? Number.POSITIVE_INFINITY);
}

function endAfter(fromMs: number, spanMs: number | undefined): WizardEnd | undefined {
  return spanMs === undefined ? undefined : { atMs: fromMs + spanMs, spanMs };
}
