/** Stable codes of the errors of multi-step forms. */
export type WizardErrorCode = 'ERR_WIZARD_DEFINITION' | 'ERR_WIZARD_REJECTED';

/** What is wrong with a wizard; `code` is stable. Its kinds are below. */
export abstract class WizardError extends Error {
  abstract readonly code: WizardErrorCode;
  override readonly name: string = this.constructor.name;
}

/** `defineWizard` was called with something that cannot work; thrown at start-up. */
export class WizardDefinitionError extends WizardError {
  readonly code = 'ERR_WIZARD_DEFINITION';
  constructor(
    readonly wizard: string,
    readonly option: string,
    readonly value: unknown,
    readonly expected: string,
  ) {
    super(`wizard ${JSON.stringify(wizard)}: ${option} is ${show(value)}, expected ${expected}`);
  }
}

/**
 * Thrown by a wizard's `complete` when the side effect surely did not happen and the user may
 * correct the answers and submit again. Any other error leaves the instance in `submitting`, and
 * the next submit drives `complete` again with the same key.
 */
export class WizardRejectedError extends WizardError {
  readonly code = 'ERR_WIZARD_REJECTED';
  constructor(
    /** A stable word for the program, such as `cart-empty`. */
    readonly reason: string,
    /** A sentence for the user; stored with the instance. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
