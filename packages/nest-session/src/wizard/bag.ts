import type { WizardDefinition } from './definition.js';
import { WIZARD_LIMITS } from './limits.js';
import type { WizardBag, WizardState } from './state.js';
import { migrate } from './transitions.js';

const INSTANCE = /^[A-Za-z0-9_-]{16,64}$/;

/** Whether text can be an instance; everything else never reaches an object as a key. */
export function isInstance(text: string): boolean {
  return INSTANCE.test(text);
}

/** The instance of this wizard, brought to its current version; undefined when there is none. */
export function findInstance(
  bag: WizardBag | undefined,
  definition: WizardDefinition,
  instance: string,
): WizardState | undefined {
  if (bag === undefined || !isInstance(instance) || !Object.hasOwn(bag, instance)) return undefined;
  const state = bag[instance];
  return state?.wizard === definition.id ? migrate(definition, state) : undefined;
}

/** The newest instance that still takes answers; what "continue your checkout" links to. */
export function newestOpenInstance(
  bag: WizardBag | undefined,
  definition: WizardDefinition,
): WizardState | undefined {
  return Object.values(bag ?? {})
    .filter((state) => state.wizard === definition.id && state.status !== 'done')
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
