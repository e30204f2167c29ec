import { expectTypeOf } from 'vitest';
import type {
  AttemptTimes,
  SchemaOutput,
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaResult,
  viewSteps,
  WizardAttempts,
  WizardClaim,
  WizardContext,
  WizardDefinition,
  WizardInputStep,
  WizardLastWrite,
  WizardProgress,
  WizardReadonlyStep,
  WizardRunner,
  WizardState,
  WizardStep,
  WizardSteps,
} from '../../src/index.js';

type Runner = WizardRunner<object, Record<string, unknown>, Record<string, unknown>>;
type Text = StandardSchema<unknown, { readonly a: string }>;

/** What signatures of forms mention can be imported by its name. */
export function check(state: WizardState, schema: Text): void {
  expectTypeOf(state.claim).toEqualTypeOf<WizardClaim | null | undefined>();
  expectTypeOf(state.last).toEqualTypeOf<WizardLastWrite | undefined>();
  expectTypeOf<WizardDefinition['steps']>().toEqualTypeOf<WizardSteps>();
  expectTypeOf<WizardStep>().toEqualTypeOf<WizardInputStep | WizardReadonlyStep>();
  expectTypeOf<Parameters<typeof viewSteps>[1]>().toEqualTypeOf<WizardProgress>();
  expectTypeOf<WizardContext['attempts']>().toEqualTypeOf<WizardAttempts | undefined>();
  expectTypeOf<WizardContext>().toExtend<ConstructorParameters<typeof WizardRunner>[4]>();
  expectTypeOf<WizardAttempts['times']>().toEqualTypeOf<AttemptTimes>();
  expectTypeOf<Runner['definition']['steps']>().toEqualTypeOf<WizardSteps>();
  expectTypeOf<SchemaOutput<Text>>().toEqualTypeOf<{ readonly a: string }>();
  const result = schema['~standard'].validate({});
  expectTypeOf(result).toEqualTypeOf<
    | StandardSchemaResult<{ readonly a: string }>
    | Promise<StandardSchemaResult<{ readonly a: string }>>
  >();
  expectTypeOf<StandardSchemaIssue['message']>().toEqualTypeOf<string>();
}
