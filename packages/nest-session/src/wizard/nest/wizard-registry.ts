import { Injectable } from '@nestjs/common';
import { WizardAttempts } from '../attempts.js';
import type { WizardDefinition } from '../definition.js';
import { WizardDefinitionError } from '../errors.js';

/** Every wizard of the application, by its id. */
@Injectable()
export class WizardRegistry {
  /** The submits that run in this application. */
  readonly attempts = new WizardAttempts();
  readonly #definitions = new Map<string, WizardDefinition>();

  /** Throws `WizardDefinitionError` when another wizard has the id. */
  add(definition: WizardDefinition): void {
    const { id } = definition;
    const known = this.#definitions.get(id);
    if (known && known !== definition) {
      throw new WizardDefinitionError(id, 'id', id, 'an id no other wizard has');
    }
    this.#definitions.set(id, definition);
  }

  get(id: string): WizardDefinition | undefined {
    return this.#definitions.get(id);
  }
}
