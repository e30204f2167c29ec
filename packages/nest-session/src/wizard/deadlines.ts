import type { Deadline } from '../event-stream/deadline.js';
import { isInstance } from './bag.js';
import type { WizardDefinition } from './definition.js';
import { endOf } from './expiry.js';
import { WIZARD_LIMITS } from './limits.js';
import type { WizardState } from './state.js';

/** The event that tells that an instance is about to be over. */
export const WIZARD_EXPIRING = 'wizard-expiring';

/**
 * When the instances end that somebody may still want to go on with, the next one first. An outcome
 * is no loss to anybody, and a claimed instance does not end.
 *
 * @param bag what a session has under `wizards`, which the application may have set to anything
 */
export function wizardDeadlines(
  bag: unknown,
  definitionOf: (wizard: string) => WizardDefinition | undefined,
): Deadline[] {
  if (typeof bag !== 'object' || bag === null) return [];
  return Object.entries(bag)
    .flatMap(([instance, state]: [string, unknown]) => {
      if (!isInstance(instance) || !takesAnswers(state)) return [];
      const { wizard } = state;
      const definition = definitionOf(wizard);
      const end = definition && endOf(definition, state);
      return end
        ? [{ event: WIZARD_EXPIRING, of: instance, ...end, data: { wizard, instance } }]
        : [];
    })
    .sort((left, right) => left.atMs - right.atMs)
    .slice(0, WIZARD_LIMITS.maxInstances);
}

type Answerable = Pick<WizardState, 'wizard' | 'status' | 'startedAtMs' | 'changedAtMs'>;

function takesAnswers(state: unknown): state is Answerable {
  if (typeof state !== 'object' || state === null) return false;
  const { wizard, status, startedAtMs, changedAtMs = startedAtMs } = state as Partial<WizardState>;
  const isTimed = Number.isFinite(startedAtMs) && Number.isFinite(changedAtMs);
  return typeof wizard === 'string' && isTimed && (status === 'open' || status === 'failed');
}
