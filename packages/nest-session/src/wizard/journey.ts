import type { WizardAnswers, WizardDefinition, WizardStep } from './definition.js';
import type { WizardState } from './state.js';

/** Enough of a state to know the way through it. */
export type WizardProgress = Pick<WizardState, 'answers' | 'stale'>;

/** How far a step is; `stale`: answered, and an answer it depends on has changed since. */
export type StepStatus = 'answered' | 'stale' | 'unanswered' | 'readonly';

/** A step as the page of its wizard shows it. */
export interface StepView {
  readonly name: string;
  readonly status: StepStatus;
  /** Every earlier step is answered, so the user may go there. */
  readonly reachable: boolean;
}

/** The step of that name, also when the text came from a URL such as `__proto__`. */
export function stepOf(definition: WizardDefinition, name: string): WizardStep | undefined {
  return Object.hasOwn(definition.steps, name) ? definition.steps[name] : undefined;
}

/**
 * The steps that are part of the journey by the answers so far, in order. Answers of a step that is no
 * part of it are kept for its return, but decide nothing: otherwise a step would be asked for the
 * sake of one that the user left out.
 */
export function visibleSteps(definition: WizardDefinition, answers: WizardAnswers): string[] {
  let counting = answers;
  return definition.stepNames.filter((name) => {
    const when = stepOf(definition, name)?.when;
    if (when === undefined || when(counting)) return true;
    const { [name]: _leftOut, ...others } = counting;
    counting = others;
    return false;
  });
}

/** The journey as a list of steps with their state, for a progress bar. */
export function viewSteps(definition: WizardDefinition, progress: WizardProgress): StepView[] {
  let reachable = true;
  return visibleSteps(definition, progress.answers).map((name) => {
    const status = statusOf(definition, progress, name);
    const view = { name, status, reachable };
    if (status === 'unanswered' || status === 'stale') reachable = false;
    return view;
  });
}

/** The first step that still needs an answer; undefined when the wizard can be submitted. */
export function firstOpenStep(
  definition: WizardDefinition,
  progress: WizardProgress,
): string | undefined {
  return viewSteps(definition, progress).find(
    (view) => view.status === 'unanswered' || view.status === 'stale',
  )?.name;
}

/** Whether every step before `step` is answered. False for a step outside the journey. */
export function isReachable(
  definition: WizardDefinition,
  progress: WizardProgress,
  step: string,
): boolean {
  return viewSteps(definition, progress).some((view) => view.name === step && view.reachable);
}

/** The step after `step` in the journey; the last step is its own successor. */
export function stepAfter(
  definition: WizardDefinition,
  answers: WizardAnswers,
  step: string,
): string {
  const steps = visibleSteps(definition, answers);
  return steps[steps.indexOf(step) + 1] ?? step;
}

/** The step before `step` in the journey; the first step is its own predecessor. */
export function stepBefore(
  definition: WizardDefinition,
  answers: WizardAnswers,
  step: string,
): string {
  const steps = visibleSteps(definition, answers);
  return steps[steps.indexOf(step) - 1] ?? step;
}

/** Every step that depends on `step`, directly or through others. */
export function dependents(definition: WizardDefinition, step: string): string[] {
  const found = new Set([step]);
  // Dependencies point to earlier steps only, so one pass in order finds all of them.
  for (const name of definition.stepNames) {
    const candidate = stepOf(definition, name);
    if (candidate?.readonly === true) continue;
    if (candidate?.dependsOn?.some((dependency) => found.has(dependency))) found.add(name);
  }
  found.delete(step);
  return [...found];
}

/** The answers of the steps that are part of the journey; what `complete` may see. */
export function visibleAnswers(
  definition: WizardDefinition,
  answers: WizardAnswers,
): WizardAnswers {
  const visible = visibleSteps(definition, answers).filter((name) => Object.hasOwn(answers, name));
  return Object.fromEntries(visible.map((name) => [name, answers[name] ?? {}]));
}

function statusOf(
  definition: WizardDefinition,
  progress: WizardProgress,
  name: string,
): StepStatus {
  if (stepOf(definition, name)?.readonly === true) return 'readonly';
  if (progress.stale.includes(name)) return 'stale';
  return Object.hasOwn(progress.answers, name) ? 'answered' : 'unanswered';
}
