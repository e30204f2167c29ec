import { dropExpired, findInstance, putInstance } from './bag.js';
import type { WizardDefinition, WizardFields } from './definition.js';
import type { WizardState } from './state.js';
import type { WizardData, WizardHost, WizardMissing } from './wizard-host.js';

/** The instances of one wizard in one session, by the time of that session. */
export class WizardStorage<
  Data extends WizardData,
  Outcome extends WizardFields,
  Submission extends WizardFields,
> {
  constructor(
    readonly definition: WizardDefinition<Outcome, Submission>,
    readonly host: WizardHost<Data>,
    readonly nowMs: () => number,
  ) {}

  find({ wizards }: WizardData, instance: string): WizardState | undefined {
    return findInstance(wizards, this.definition, instance, this.nowMs());
  }

  /** Stamped where it is stored: the machine knows no time. */
  put(data: Data, state: WizardState): WizardState {
    const nowMs = this.nowMs();
    const stamped = { ...state, changedAtMs: nowMs };
    data.wizards = putInstance(dropExpired(data.wizards, this.definition, nowMs), stamped);
    return stamped;
  }

  /** One atomic change of the session, with as many copies as the wizard asks for. */
  update<Result>(change: (data: Data) => Result): Promise<Result> {
    const { durability } = this.definition;
    return this.host.update<Result>(change, { durability });
  }

  /** The same around one instance. */
  change<Result>(
    instance: string,
    change: (data: Data, state: WizardState) => Result,
  ): Promise<Result | WizardMissing> {
    return this.update<Result | WizardMissing>((data) => {
      const state = this.find(data, instance);
      return state === undefined ? { status: 'missing' } : change(data, state);
    });
  }
}
