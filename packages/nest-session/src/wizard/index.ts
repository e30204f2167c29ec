export type { AttemptTimes, WizardAttempts } from './attempts.js';
export { findInstance, isInstance, newestOpenInstance, putInstance } from './bag.js';
export type { CancelResult } from './cancellation.js';
export type {
  CompletedAnswers,
  WizardAnswers,
  WizardCompletion,
  WizardDefinition,
  WizardFields,
  WizardInputStep,
  WizardMigration,
  WizardOptions,
  WizardReadonlyStep,
  WizardStep,
  WizardSteps,
} from './definition.js';
export { defineWizard } from './definition.js';
export type { WizardErrorCode } from './errors.js';
export { WizardDefinitionError, WizardError, WizardRejectedError } from './errors.js';
export { expiresAtMs } from './expiry.js';
export type { StepStatus, StepView, WizardProgress } from './journey.js';
export {
  firstOpenStep,
  isReachable,
  stepAfter,
  stepBefore,
  viewSteps,
  visibleAnswers,
  visibleSteps,
} from './journey.js';
export { WIZARD_LIMITS } from './limits.js';
export { migrate } from './migrate.js';
export type {
  SchemaOutput,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
} from './standard-schema.js';
export type {
  WizardBag,
  WizardClaim,
  WizardLastWrite,
  WizardRefusal,
  WizardResult,
  WizardState,
  WizardStatus,
} from './state.js';
export type { ClaimResult, SubmitWrite } from './submission.js';
export { fail, settle, submit } from './submission.js';
export { back, draft, goto, start, submitStep } from './transitions.js';
export type { StepValidation, WizardIssue } from './validate-step.js';
export { validateStep, withoutVolatile } from './validate-step.js';
export { viewWizard, type WizardView } from './view.js';
export type {
  WizardData,
  WizardHost,
  WizardMissing,
  WizardStepResult,
  WizardSubmission,
  WizardSubmitResult,
  WizardWriteResult,
} from './wizard-host.js';
export { type WizardContext, WizardRunner } from './wizard-runner.js';
