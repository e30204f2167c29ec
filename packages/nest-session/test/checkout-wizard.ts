import {
  defineWizard,
  type WizardDefinition,
  type WizardFields,
} from '../src/wizard/definition.js';
import type { StandardSchema } from '../src/wizard/standard-schema.js';
import type { WizardResult, WizardState } from '../src/wizard/state.js';
import { start, submitStep } from '../src/wizard/transitions.js';
import { validateStep } from '../src/wizard/validate-step.js';

/** A schema that wants these fields as non-empty text; enough for the machine's tests. */
export function textFields(...fields: string[]): StandardSchema<unknown, Record<string, string>> {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => {
        const input = value as Record<string, unknown>;
        const issues = fields
          .filter((field) => typeof input[field] !== 'string' || input[field] === '')
          .map((field) => ({ message: `${field} is missing`, path: [field] }));
        if (issues.length > 0) return { issues };
        return { value: Object.fromEntries(fields.map((field) => [field, String(input[field])])) };
      },
    },
  };
}

export const INSTANCE = 'instance-0123456789';

/** Four steps: the gift step appears with `delivery.gift === 'yes'`, payment depends on delivery. */
export const checkout = defineWizard({
  id: 'checkout',
  version: 2,
  steps: {
    contact: { schema: textFields('email') },
    delivery: { schema: textFields('city', 'gift'), dependsOn: ['contact'] },
    gift: { schema: textFields('wish'), when: (answers) => answers.delivery?.gift === 'yes' },
    payment: {
      schema: textFields('holder', 'cardNumber'),
      volatile: ['cardNumber'],
      dependsOn: ['delivery'],
    },
    review: { readonly: true },
  },
  complete: ({ key }) => ({ orderId: `order-of-${key}` }),
});

export const CONTACT = { email: 'ada@example.org' };
export const DELIVERY = { city: 'London', gift: 'no' };
export const PAYMENT = { holder: 'Ada', cardNumber: '4242424242424242' };

/** Answers steps in order, failing loudly when one is not taken. */
export async function answer(
  definition: WizardDefinition,
  state: WizardState,
  answers: Readonly<Record<string, WizardFields>>,
): Promise<WizardState> {
  let current = state;
  for (const [step, input] of Object.entries(answers)) {
    const validation = await validateStep(definition, step, input);
    if (validation.status === 'invalid') throw new Error(JSON.stringify(validation.issues));
    const write = { revision: current.revision, step, validation };
    current = changed(submitStep(definition, current, write));
  }
  return current;
}

/** The state of a result that must be a change. */
export function changed(result: WizardResult): WizardState {
  if (result.status !== 'changed') throw new Error(`expected a change, got ${result.status}`);
  return result.state;
}

export function begun(): WizardState {
  return start(checkout, { instance: INSTANCE, nowMs: 1_000 });
}

/** A run with every step answered. */
export function answered(): Promise<WizardState> {
  return answer(checkout, begun(), { contact: CONTACT, delivery: DELIVERY, payment: PAYMENT });
}
