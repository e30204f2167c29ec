import type { Durability } from '@understudy/replication';
import { EXPECTED_DURABILITY, isDurability } from '../options/durability.js';
import { DAY_MS, type Duration, formatDuration, parseDurationMs } from '../options/duration.js';
import { WizardDefinitionError } from './errors.js';
import { WIZARD_LIMITS } from './limits.js';
import type { SchemaOutput, StandardSchema } from './standard-schema.js';
import type { WizardState } from './state.js';

/** Answers of one step: a plain object of session values. */
export type WizardFields = Readonly<Record<string, unknown>>;

/** Answers by step, as far as they were given. */
export type WizardAnswers = Readonly<Record<string, WizardFields>>;

/** A step that asks for something. */
export interface WizardInputStep<Schema extends StandardSchema = StandardSchema> {
  /** Validates the step; its output, without the volatile fields, is what is kept. */
  readonly schema: Schema;
  /**
   * Top-level fields that are validated and then forgotten: never in the session, a copy, a draft
   * or a log. What has to survive of them (the last four digits) belongs into the schema's output
   * under another name.
   */
  readonly volatile?: readonly string[] | undefined;
  /** Earlier steps: when their answers change, this step becomes stale and is asked again. */
  readonly dependsOn?: readonly string[] | undefined;
  /**
   * Whether the step is part of the journey, by the answers so far; those of earlier steps that are
   * no part of it are not among them. Default: always.
   */
  readonly when?: ((answers: WizardAnswers) => boolean) | undefined;
  readonly readonly?: false | undefined;
}

/** A step that only shows something, such as a page to check the answers on. */
export interface WizardReadonlyStep {
  readonly readonly: true;
  readonly when?: ((answers: WizardAnswers) => boolean) | undefined;
}

/** A step that asks, or one that only shows. */
export type WizardStep = WizardInputStep | WizardReadonlyStep;

/** The steps of a wizard by name, in the order they are asked. */
export type WizardSteps = Readonly<Record<string, WizardStep>>;

type VolatileOf<Step> = Step extends { readonly volatile: readonly (infer Field)[] }
  ? Field
  : never;

type AnswerOf<Step> = Step extends { readonly schema: infer Schema }
  ? Omit<SchemaOutput<Schema>, VolatileOf<Step> & PropertyKey>
  : never;

/** The answers `complete` gets. Steps with `when` may have been left out. */
export type CompletedAnswers<Steps extends WizardSteps> = {
  readonly [Name in keyof Steps as Steps[Name] extends { readonly readonly: true }
    ? never
    : Name]: Steps[Name] extends { readonly when: (answers: WizardAnswers) => boolean }
    ? AnswerOf<Steps[Name]> | undefined
    : AnswerOf<Steps[Name]>;
};

/** What the side effect of a wizard gets, once for each instance. */
export interface WizardCompletion<Answers = WizardAnswers, Submission = WizardFields> {
  /** The instance; use it as the unique key of the side effect. */
  readonly key: string;
  readonly answers: Answers;
  /** What was frozen when the wizard was submitted; the same again after a failover. */
  readonly submission: Submission;
}

/** Takes the answers of one version to the next; a step that is undefined is asked again. */
export type WizardMigration = (
  answers: WizardAnswers,
) => Readonly<Record<string, WizardFields | undefined>>;

/** What `defineWizard` takes. */
export interface WizardOptions<
  Steps extends WizardSteps,
  Outcome extends WizardFields,
  Submission extends WizardFields,
> {
  /** Lower-case name, unique in the application. */
  readonly id: string;
  /**
   * Rises when the steps change. An instance begun under another version starts again with its
   * answers as drafts, so nothing typed is lost and nothing old passes unvalidated, unless `migrate`
   * has a way for it.
   */
  readonly version: number;
  /**
   * By the version they come from: answers of that version in, answers of the next one out. What it
   * gives is taken as answered without being validated again; a step it leaves out is asked again,
   * with what was typed as a draft. Must be pure. Default: none.
   */
  readonly migrate?: Readonly<Record<number, WizardMigration>> | undefined;
  /** How long an instance lives, however busy, 1m to 30d. Default: as long as the session. */
  readonly ttl?: Duration | undefined;
  /** How long it lives without a change, 1m to 30d. Default: as long as the session. */
  readonly idle?: Duration | undefined;
  /**
   * How many copies every change of an instance waits for: `async` none, `backup` one, `all` every
   * backup. Says so for all routes, and for nothing else that they change. Default: as the route's
   * `@Durability()`, or the options of the module.
   */
  readonly durability?: Durability | undefined;
  /** In the order they are asked. */
  readonly steps: Steps;
  /** Encoded size of one instance, in bytes. Default and maximum: `WIZARD_LIMITS.maxInstanceBytes`. */
  readonly maxBytes?: number | undefined;
  /**
   * What `complete` needs of the session besides the answers (the cart): read in the atomic change
   * that claims the wizard, and the same again after a failover. Annotate `session` with your type.
   * Throw `WizardRejectedError` to refuse. May run again, so it must only read.
   */
  freeze?(session: object, state: WizardState): Submission;
  /** Changes the session in the commit that stores the outcome, and in no other: empties the cart. */
  settled?(session: object, outcome: Outcome): void;
  /**
   * The side effect. It runs again with the same `key` when a node died inside it, so it must be
   * idempotent by `key`: a unique column does. Its result is stored and answered ever after.
   * Throw `WizardRejectedError` when nothing happened and the user may correct and try again.
   */
  readonly complete: (
    completion: WizardCompletion<CompletedAnswers<Steps>, Submission>,
  ) => Promise<Outcome> | Outcome;
}

/** A checked wizard. The machine reads it and never changes it. */
export interface WizardDefinition<
  Outcome extends WizardFields = WizardFields,
  Submission extends WizardFields = WizardFields,
> {
  readonly id: string;
  readonly version: number;
  readonly steps: WizardSteps;
  /** Names of `steps`, in order. */
  readonly stepNames: readonly string[];
  readonly maxBytes: number;
  /** Undefined: as long as the session. */
  readonly ttlMs: number | undefined;
  readonly idleMs: number | undefined;
  /** Undefined: as the request's. */
  readonly durability: Durability | undefined;
  /** By the version they come from. */
  readonly migrations: ReadonlyMap<number, WizardMigration>;
  freeze?(session: object, state: WizardState): Submission;
  settled?(session: object, outcome: Outcome): void;
  complete(completion: WizardCompletion<WizardAnswers, Submission>): Promise<Outcome>;
}

const WIZARD_ID = /^[a-z][a-z0-9-]{0,31}$/;
const STEP_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * Checks a multi-step form once, at start-up.
 *
 * @throws WizardDefinitionError naming the wizard, the option, its value and what was expected.
 */
export function defineWizard<
  const Steps extends WizardSteps,
  Outcome extends WizardFields,
  Submission extends WizardFields = WizardFields,
>(options: WizardOptions<Steps, Outcome, Submission>): WizardDefinition<Outcome, Submission> {
  const { id, version, maxBytes = WIZARD_LIMITS.maxInstanceBytes } = options;
  if (!WIZARD_ID.test(id)) throw new WizardDefinitionError(id, 'id', id, `text like ${WIZARD_ID}`);
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new WizardDefinitionError(id, 'version', version, 'a whole number from 1');
  }
  if (!(maxBytes > 0 && maxBytes <= WIZARD_LIMITS.maxInstanceBytes)) {
    const expected = `1 to ${WIZARD_LIMITS.maxInstanceBytes}`;
    throw new WizardDefinitionError(id, 'maxBytes', maxBytes, expected);
  }
  const stepNames = Object.keys(options.steps);
  if (stepNames.length === 0 || stepNames.length > WIZARD_LIMITS.maxSteps) {
    const expected = `1 to ${WIZARD_LIMITS.maxSteps} steps`;
    throw new WizardDefinitionError(id, 'steps', stepNames.length, expected);
  }
  const steps: Record<string, WizardStep> = { ...options.steps };
  for (const [index, name] of stepNames.entries()) {
    checkStep(id, name, steps[name], stepNames.slice(0, index));
  }
  return {
    id,
    version,
    steps,
    stepNames,
    maxBytes,
    ttlMs: spanOf(id, 'ttl', options.ttl),
    idleMs: spanOf(id, 'idle', options.idle),
    durability: durabilityOf(id, options.durability),
    migrations: migrationsOf(id, version, options.migrate),
    ...(options.freeze && { freeze: options.freeze.bind(options) }),
    ...(options.settled && { settled: options.settled.bind(options) }),
    // The machine calls `complete` only with a journey whose visible steps are all answered.
    complete: async (completion) =>
      options.complete(completion as WizardCompletion<CompletedAnswers<Steps>, Submission>),
  };
}

function checkStep(
  wizard: string,
  name: string,
  step: WizardStep | undefined,
  earlier: readonly string[],
): void {
  const option = `steps.${name}`;
  // A name of digits would move to the front of the object and reorder the journey.
  if (!STEP_NAME.test(name)) {
    throw new WizardDefinitionError(wizard, option, name, `a name like ${STEP_NAME}`);
  }
  if (step?.readonly === true) return;
  if (step?.schema?.['~standard']?.version !== 1) {
    throw new WizardDefinitionError(
      wizard,
      `${option}.schema`,
      step?.schema,
      'a Standard Schema v1',
    );
  }
  checkVolatile(wizard, `${option}.volatile`, step.volatile);
  const stranger = step.dependsOn?.find((dependency) => !earlier.includes(dependency));
  if (stranger !== undefined) {
    const expected = `names of earlier steps (${earlier.join(', ') || 'there is none'})`;
    throw new WizardDefinitionError(wizard, `${option}.dependsOn`, stranger, expected);
  }
}

/** Only top-level fields are left out: a name that means another would let its value be stored. */
function checkVolatile(wizard: string, option: string, volatile: unknown): void {
  if (volatile === undefined) return;
  if (!Array.isArray(volatile)) {
    throw new WizardDefinitionError(wizard, option, volatile, 'a list of names of fields');
  }
  for (const name of volatile as readonly unknown[]) {
    if (typeof name === 'string' && name !== '' && !/[.[\]]/.test(name)) continue;
    const expected = 'names of top-level fields, such as "card" for all that is in it';
    throw new WizardDefinitionError(wizard, option, name, expected);
  }
}

const SPAN = { min: 60_000, max: 30 * DAY_MS };

function spanOf(wizard: string, option: string, value: Duration | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDurationMs(value);
  if (ms === undefined || ms < SPAN.min || ms > SPAN.max) {
    const expected = `a time from ${formatDuration(SPAN.min)} to ${formatDuration(SPAN.max)}`;
    throw new WizardDefinitionError(wizard, option, value, expected);
  }
  return ms;
}

function durabilityOf(wizard: string, value: unknown): Durability | undefined {
  if (value === undefined || isDurability(value)) return value;
  throw new WizardDefinitionError(wizard, 'durability', value, EXPECTED_DURABILITY);
}

function migrationsOf(
  wizard: string,
  version: number,
  migrate: Readonly<Record<number, WizardMigration>> = {},
): ReadonlyMap<number, WizardMigration> {
  const migrations = new Map<number, WizardMigration>();
  for (const [name, migration] of Object.entries(migrate)) {
    const from = Number(name);
    if (!Number.isSafeInteger(from) || from < 1 || from >= version) {
      const expected = `versions before ${version}`;
      throw new WizardDefinitionError(wizard, 'migrate', name, expected);
    }
    if (typeof migration !== 'function') {
      throw new WizardDefinitionError(wizard, `migrate.${from}`, migration, 'a function');
    }
    migrations.set(from, migration);
  }
  return migrations;
}
