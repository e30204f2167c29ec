import type { WizardAnswers, WizardDefinition } from './definition.js';
import { firstOpenStep, stepOf } from './journey.js';
import type { WizardState } from './state.js';
import { start } from './transitions.js';
import { withoutVolatile } from './validate-step.js';

/**
 * Makes a state of another version usable. Where `migrate` leads from its version to the present
 * one, what that gives is taken as answered. Otherwise its answers become drafts, to be confirmed
 * step by step. A state that was submitted is left alone; its outcome stands.
 */
export function migrate(definition: WizardDefinition, state: WizardState): WizardState {
  if (state.version === definition.version) return state;
  if (state.status === 'submitting' || state.status === 'done') return state;
  const answers = migratedAnswers(definition, state);
  const next: WizardState = {
    ...start(definition, { instance: state.instance, nowMs: state.startedAtMs }),
    changedAtMs: state.changedAtMs ?? state.startedAtMs,
    revision: state.revision + 1,
  };
  if (!answers) {
    return { ...next, drafts: kept(definition, { ...state.answers, ...state.drafts }) };
  }
  const progress = {
    answers: kept(definition, answers),
    // What was left out is asked again, and need not be typed again.
    drafts: kept(definition, { ...leftOut(state.answers, answers), ...state.drafts }),
    stale: state.stale.filter((name) => Object.hasOwn(answers, name)),
  };
  return { ...next, ...progress, step: firstOpenStep(definition, progress) ?? next.step };
}

/** Undefined where a version on the way has no migration, or one fails: nothing is lost by asking. */
function migratedAnswers(
  { version, migrations }: WizardDefinition,
  state: WizardState,
): WizardAnswers | undefined {
  if (state.version > version) return undefined;
  let answers = state.answers;
  for (let from = state.version; from < version; from++) {
    const migration = migrations.get(from);
    if (!migration) return undefined;
    try {
      answers = present(migration(answers));
    } catch {
      return undefined;
    }
  }
  return answers;
}

function present(answers: Readonly<Record<string, WizardAnswers[string] | undefined>>) {
  const entries = Object.entries(answers).filter(([, fields]) => fields !== undefined);
  return Object.fromEntries(entries) as WizardAnswers;
}

function leftOut(before: WizardAnswers, after: WizardAnswers): WizardAnswers {
  return Object.fromEntries(Object.entries(before).filter(([name]) => !Object.hasOwn(after, name)));
}

/** Those of steps that there are, without volatile fields. */
function kept(definition: WizardDefinition, answers: WizardAnswers): WizardAnswers {
  return Object.fromEntries(
    Object.entries(answers)
      .filter(([name]) => stepOf(definition, name) !== undefined)
      .map(([name, fields]) => [name, withoutVolatile(definition, name, fields)] as const),
  );
}
