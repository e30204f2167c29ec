import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Deadline } from '../../event-stream/deadline.js';
import { type DeadlineSource, DeadlineSources } from '../../event-stream/deadline-sources.js';
import { WizardAttempts } from '../attempts.js';
import { wizardDeadlines } from '../deadlines.js';
import type { WizardDefinition } from '../definition.js';
import { WizardDefinitionError } from '../errors.js';

/** Every wizard of the application, by its id. */
@Injectable()
export class WizardRegistry implements DeadlineSource {
  /** The submits that run in this application. */
  readonly attempts = new WizardAttempts();
  readonly #definitions = new Map<string, WizardDefinition>();

  constructor(@Optional() @Inject(DeadlineSources) streams?: DeadlineSources) {
    streams?.add(this);
  }

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

  /** For event streams. */
  deadlinesIn({ wizards }: Readonly<Record<string, unknown>>): readonly Deadline[] {
    return wizardDeadlines(wizards, (id) => this.get(id));
  }
}
