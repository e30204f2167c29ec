import { equalValues, type SessionValue } from '@understudy/replication';
import type { WizardAnswers, WizardDefinition, WizardFields } from './definition.js';
import {
  dependents,
  firstOpenStep,
  isReachable,
  stepAfter,
  stepBefore,
  stepOf,
  visibleSteps,
} from './journey.js';
import { encodedBytes } from './measure.js';
import type { WizardLastWrite, WizardRefusal, WizardResult, WizardState } from './state.js';
import { type StepValidation, withoutVolatile } from './validate-step.js';

/** Begins a run at the first step. `instance` must be unguessable text; it goes into the URL. */
export function start(
  definition: WizardDefinition,
  run: { readonly instance: string; readonly nowMs: number },
): WizardState {
  return {
    instance: run.instance,
    wizard: definition.id,
    version: definition.version,
    startedAtMs: run.nowMs,
    changedAtMs: run.nowMs,
    step: visibleSteps(definition, {})[0] ?? definition.stepNames[0] ?? '',
    revision: 1,
    answers: {},
    drafts: {},
    stale: [],
    status: 'open',
    submission: null,
    outcome: null,
  };
}

/** What all writes name. */
interface Write {
  readonly revision: number;
  readonly step: string;
  /** Digest of the `Idempotency-Key` it came with. */
  readonly request?: string | undefined;
}

/** Keeps what was typed on a step without validating it. */
export function draft(
  definition: WizardDefinition,
  state: WizardState,
  write: Write & { readonly fields: WizardFields },
): WizardResult {
  const { step } = write;
  const typed = withoutVolatile(definition, step, write.fields);
  const last: WizardLastWrite = lastWrite('draft', write);
  if (isStored(state, last) && sameFields(state.drafts[step], typed)) return stored(state);
  return (
    refuseWrite(definition, state, write) ??
    change(definition, state, { last, drafts: { ...state.drafts, [step]: typed } })
  );
}

/**
 * Takes the answers of a step. Valid: they are stored, steps that depend on them become stale, and
 * the user goes on to the next step. Invalid: what was typed is kept as a draft, the step stays.
 */
export function submitStep(
  definition: WizardDefinition,
  state: WizardState,
  write: Write & { readonly validation: StepValidation },
): WizardResult {
  const { step, validation } = write;
  const isInvalid = validation.status === 'invalid';
  const fields = isInvalid ? validation.draft : validation.answers;
  const kept = withoutVolatile(definition, step, fields);
  const last: WizardLastWrite = lastWrite(isInvalid ? 'invalid' : 'next', write);
  const held = (isInvalid ? state.drafts : state.answers)[step];
  if (isStored(state, last) && sameFields(held, kept)) return stored(state);
  const refused = refuseWrite(definition, state, write);
  if (refused !== undefined) return refused;
  if (isInvalid) {
    return change(definition, state, { last, drafts: { ...state.drafts, [step]: kept }, step });
  }
  const { [step]: _answered, ...drafts } = state.drafts;
  if (stepOf(definition, step)?.readonly === true) {
    return change(definition, state, { last, step: stepAfter(definition, state.answers, step) });
  }
  const answers = { ...state.answers, [step]: kept };
  return change(definition, state, {
    last,
    answers,
    drafts,
    stale: staleAfter(definition, state, step, answers),
    step: stepAfter(definition, answers, step),
  });
}

/** Goes one step back from `step`, keeping what was typed there as a draft. */
export function back(
  definition: WizardDefinition,
  state: WizardState,
  write: Write & { readonly fields?: WizardFields | undefined },
): WizardResult {
  const { fields } = write;
  const typed = fields && withoutVolatile(definition, write.step, fields);
  const last: WizardLastWrite = lastWrite('back', write);
  if (isStored(state, last) && (!typed || sameFields(state.drafts[write.step], typed))) {
    return stored(state);
  }
  const refused = refuseWrite(definition, state, write);
  if (refused !== undefined) return refused;
  const step = stepBefore(definition, state.answers, write.step);
  if (typed === undefined) return change(definition, state, { last, step });
  return change(definition, state, {
    last,
    step,
    drafts: { ...state.drafts, [write.step]: typed },
  });
}

/** Goes to any step whose predecessors are answered. */
export function goto(definition: WizardDefinition, state: WizardState, write: Write): WizardResult {
  const last = lastWrite('goto', write);
  if (isStored(state, last)) return stored(state);
  return (
    refuseWrite(definition, state, write) ?? change(definition, state, { last, step: write.step })
  );
}

function lastWrite(
  kind: WizardLastWrite['kind'],
  { revision, step, request }: Write,
): WizardLastWrite {
  return { kind, step, revision, request };
}

/**
 * Whether the present revision is what this very write made of the one it names. Its answer was lost
 * on the way, or could not be stored: as a conflict its user would be told of nobody but themselves.
 */
function isStored({ status, revision, last }: WizardState, write: WizardLastWrite): boolean {
  if (status !== 'open' || !last || revision !== last.revision + 1) return false;
  if (last.request === undefined || last.request !== write.request) return false;
  return last.revision === write.revision && last.kind === write.kind && last.step === write.step;
}

/** The same state tells that there is nothing to store. */
function stored(state: WizardState): WizardResult {
  return { status: 'changed', state };
}

/** A write must name the current revision and a step the user can be at. */
function refuseWrite(
  definition: WizardDefinition,
  state: WizardState,
  write: Write,
): WizardResult | undefined {
  if (state.status === 'submitting' || state.status === 'done') return refuse(state, 'submitted');
  if (write.revision !== state.revision) return { status: 'conflict', state };
  if (!visibleSteps(definition, state.answers).includes(write.step)) {
    return refuse(state, 'unknown-step', state.step);
  }
  if (!isReachable(definition, state, write.step)) {
    return refuse(state, 'not-reachable', firstOpenStep(definition, state));
  }
  return undefined;
}

function refuse(state: WizardState, reason: WizardRefusal, step?: string): WizardResult {
  return { status: 'refused', reason, state, step };
}

/** The one place that makes the next revision: a change opens a failed wizard again. */
function change(
  definition: WizardDefinition,
  state: WizardState,
  part: Partial<Pick<WizardState, 'answers' | 'drafts' | 'stale' | 'step'>> & {
    readonly last: WizardLastWrite;
  },
): WizardResult {
  const next: WizardState = {
    ...state,
    ...part,
    // Nothing is kept for a write that cannot be repeated.
    last: part.last.request === undefined ? undefined : part.last,
    status: 'open',
    submission: null,
    outcome: null,
    revision: state.revision + 1,
  };
  if (encodedBytes(next) > definition.maxBytes) return refuse(state, 'too-large', state.step);
  return { status: 'changed', state: next };
}

function staleAfter(
  definition: WizardDefinition,
  state: WizardState,
  step: string,
  answers: WizardAnswers,
): string[] {
  const stale = new Set(state.stale);
  stale.delete(step);
  if (!sameFields(state.answers[step], answers[step])) {
    for (const name of dependents(definition, step)) {
      if (Object.hasOwn(answers, name)) stale.add(name);
    }
  }
  return definition.stepNames.filter((name) => stale.has(name));
}

/** Answers are compared by content: sending the same again makes nothing stale. */
function sameFields(left: WizardFields | undefined, right: WizardFields | undefined): boolean {
  return equalValues((left ?? {}) as SessionValue, (right ?? {}) as SessionValue);
}
