import type { WizardDefinition } from './definition.js';
import { isExpired } from './expiry.js';
import { WIZARD_LIMITS } from './limits.js';
import { migrate } from './migrate.js';
import type { WizardBag, WizardState } from './state.js';

const INSTANCE = /^[A-Za-z0-9_-]{16,64}$/;

/** Whether text can be an instance; everything else never reaches an object as a key. */
export function isInstance(text: string): boolean {
  return INSTANCE.test(text);
}

/**
 * The instance of this wizard, brought to its current version; undefined when there is none, or its
 * time is over. Without `nowMs` none ever is.
 */
export function findInstance(
  bag: WizardBag | undefined,
  definition: WizardDefinition,
  instance: string,
  nowMs = Number.NEGATIVE_INFINITY,
): WizardState | undefined {
  if (bag === undefined || !isInstance(instance) || !Object.hasOwn(bag, instance)) return undefined;
  const state = bag[instance];
  if (state?.wizard !== definition.id || isExpired(definition, state, nowMs)) return undefined;
  return migrate(definition, state);
}

/** The newest instance that still takes answers; what "continue your checkout" links to. */
export function newestOpenInstance(
  bag: WizardBag | undefined,
  definition: WizardDefinition,
  nowMs = Number.NEGATIVE_INFINITY,
): WizardState | undefined {
  return Object.values(bag ?? {})
    .filter((state) => state.wizard === definition.id && state.status !== 'done')
    .filter((state) => !isExpired(definition, state, nowMs))
    .sort((left, right) => right.startedAtMs - left.startedAtMs)
    .map((state) => migrate(definition, state))[0];
}

/**
 * The bag with this state in it. Above `maxInstances` the oldest finished run makes room, else the
 * oldest one that nobody is submitting, so one session never grows without bound.
 */
export function putInstance(bag: WizardBag | undefined, state: WizardState): WizardBag {
  const next: Record<string, WizardState> = { ...bag, [state.instance]: state };
  const leaving = Object.values(next)
    .filter((other) => other.instance !== state.instance)
    .sort((left, right) => evictionRank(left) - evictionRank(right) || age(left, right));
  for (const other of leaving) {
    if (Object.keys(next).length <= WIZARD_LIMITS.maxInstances) break;
    delete next[other.instance];
  }
  return next;
}

/** The bag without this instance. */
export function dropInstance(bag: WizardBag | undefined, instance: string): WizardBag {
  const { [instance]: _dropped, ...rest } = bag ?? {};
  return rest;
}

/** The bag without instances of this wizard whose time is over. */
export function dropExpired(
  bag: WizardBag | undefined,
  definition: WizardDefinition,
  nowMs: number,
): WizardBag {
  return Object.fromEntries(
    Object.entries(bag ?? {}).filter(
      ([, state]) => state.wizard !== definition.id || !isExpired(definition, state, nowMs),
    ),
  );
}

/** Finished first, a claimed one last: its side effect may still need the frozen answers. */
function evictionRank(state: WizardState): number {
  switch (state.status) {
    case 'done':
      return 0;
    case 'open':
    case 'failed':
      return 1;
    case 'submitting':
      return 2;
  }
}

function age(left: WizardState, right: WizardState): number {
  return left.startedAtMs - right.startedAtMs;
}
