export type { CookieOptions } from './cookie/cookie-policy.js';
export type { CookiePriority, SameSite } from './cookie/serialize-cookie.js';
export { CrossSite } from './csrf/cross-site.decorator.js';
export { CsrfGuard } from './csrf/csrf.guard.js';
export { SkipCsrf } from './csrf/skip-csrf.decorator.js';
export type { DeviceView } from './endpoints/device-view.js';
export type { SessionView } from './endpoints/session.controller.js';
export {
  AuthenticationRequiredError,
  CommitFateUnknownError,
  CrossSiteError,
  CsrfInvalidError,
  ForbiddenError,
  FreshLoginRequiredError,
  IdempotencyInProgressError,
  IdempotencyMismatchError,
  LockLostError,
  NotMineError,
  QuotaExceededError,
  ReducedCapacityError,
  SessionBusyError,
  SessionConflictError,
  SessionEndedError,
  SessionError,
  SessionLimitError,
  SessionLostError,
  SessionNotAvailableError,
  SessionOptionError,
  SessionRequestError,
  SessionTooLargeError,
  SessionUsageError,
  SessionValueRefusedError,
} from './errors.js';
export { Authenticated, FreshLogin, RequireSession, Roles } from './guards/access.decorators.js';
export { AuthenticatedGuard } from './guards/authenticated.guard.js';
export { FreshLoginGuard, type FreshLoginOptions } from './guards/fresh-login.guard.js';
export { RolesGuard } from './guards/roles.guard.js';
export { SessionGuard } from './guards/session.guard.js';
export { REQUEST_HEADERS, RESPONSE_HEADERS } from './http/contract.js';
export type { Problem, ProblemName } from './http/problem.js';
export type { IdempotentOptions } from './idempotency/idempotency.guard.js';
export { IdempotencyGuard } from './idempotency/idempotency.guard.js';
export { Idempotent } from './idempotency/idempotent.decorator.js';
export type { LegacyStore } from './legacy/legacy-store.js';
export { type EffectivePolicy, SessionPolicy } from './lifetime/session-policy.js';
export type { TimeoutProfile } from './lifetime/timeout-profiles.js';
export type { SessionLockOptions } from './lock/lock-rule.js';
export { SessionLock } from './lock/session-lock.decorator.js';
export type { BindingAction, BindingOptions } from './options/binding.js';
export type { ByteSize } from './options/byte-size.js';
export type { ClearedSiteData } from './options/clear-site-data.js';
export type { MemoryOptions, SessionClusterOptions } from './options/cluster.js';
export type { CsrfOptions } from './options/csrf.js';
export type { Duration } from './options/duration.js';
export type { LegacyCookieOptions } from './options/legacy-cookies.js';
export type { NewSessionLimit, SessionLimitOptions } from './options/limits.js';
export type { SessionMigration, SessionSchemaOptions } from './options/schema.js';
export type { ShutdownOptions } from './options/shutdown.js';
export type { SocketOptions } from './options/sockets.js';
export type { TimeoutOptions } from './options/timeouts.js';
export type { SessionTouch } from './options/touch.js';
export type { SessionTransport } from './options/transport.js';
export type { Device } from './principals/device.js';
export type { PrincipalDevice, SessionFacts } from './principals/session-facts.js';
export type { ConcurrencyRule } from './rate-limit/concurrency-rule.js';
export {
  type LoginAttempt,
  type LoginLimitOptions,
  LoginLimits,
  loginLimits,
} from './rate-limit/login-limits.js';
export { RateLimit } from './rate-limit/rate-limit.decorator.js';
export { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
export { RateLimitService } from './rate-limit/rate-limit.service.js';
export type { RateLimitRule, RateLimitScope } from './rate-limit/rate-limit-rule.js';
export { Durability } from './session/durability.decorator.js';
export type { Flash } from './session/flash-messages.js';
export type { LoginOptions } from './session/login-options.js';
export { OnConflict } from './session/on-conflict.decorator.js';
export type { PrincipalInput } from './session/principal.js';
export { Principal, Session } from './session/session.decorator.js';
export type { SessionCookieInfo } from './session/session-control.js';
export { type SessionData, SessionHandle } from './session/session-handle.js';
export type { UpdateOptions } from './session/update-options.js';
export { SessionExceptionFilter } from './session.filter.js';
export { SessionModule } from './session.module.js';
export { getSessionOptionsToken, InjectSessionOptions } from './session.module-definition.js';
export type {
  SessionModuleExtras,
  SessionModuleOptions,
  SessionOptionsFactory,
} from './session.options.js';
export { type ListedSession, SessionService } from './session.service.js';
export type { Anomaly, FailedLogin, SessionEvent, SessionEventKind } from './session-events.js';
export { SessionEvents } from './session-events.js';
export { type CookieStoreOptions, cookieStore } from './stores/cookie-store.js';
export { type RedisStoreOptions, redisStore } from './stores/redis-store.js';
export type { SessionStoreSource } from './stores/session-store-source.js';
export { SESSION_CLUSTER } from './tokens.js';
export {
  type AttemptTimes,
  type CancelResult,
  type CompletedAnswers,
  defineWizard,
  findInstance,
  newestOpenInstance,
  type SchemaOutput,
  type StandardSchema,
  type StandardSchemaIssue,
  type StandardSchemaResult,
  type StepStatus,
  type StepView,
  viewSteps,
  viewWizard,
  visibleAnswers,
  WIZARD_LIMITS,
  type WizardAnswers,
  type WizardAttempts,
  type WizardBag,
  type WizardClaim,
  type WizardCompletion,
  type WizardContext,
  type WizardData,
  type WizardDefinition,
  WizardDefinitionError,
  WizardError,
  type WizardErrorCode,
  type WizardFields,
  type WizardHost,
  type WizardInputStep,
  type WizardIssue,
  type WizardLastWrite,
  type WizardMigration,
  type WizardMissing,
  type WizardOptions,
  type WizardProgress,
  type WizardReadonlyStep,
  type WizardRefusal,
  WizardRejectedError,
  type WizardResult,
  WizardRunner,
  type WizardState,
  type WizardStatus,
  type WizardStep,
  type WizardStepResult,
  type WizardSteps,
  type WizardSubmission,
  type WizardSubmitResult,
  type WizardView,
  type WizardWriteResult,
} from './wizard/index.js';
export { Wizard } from './wizard/nest/wizard.decorator.js';
export {
  WizardModule,
  type WizardModuleAsyncOptions,
  type WizardModuleOptions,
} from './wizard/nest/wizard.module.js';
export { type WizardSetback, wizardProblem } from './wizard/nest/wizard-problem.js';
export type { WizardPage } from './wizard/nest/wizard-reply.js';
