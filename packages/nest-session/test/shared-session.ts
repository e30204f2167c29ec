import type { WizardData, WizardHost } from '../src/wizard/wizard-host.js';

/** A session that commits like the real one: compare, and run the change again when overtaken. */
export class SharedSession<Data extends WizardData> implements WizardHost<Data> {
  attempts = 0;
  #revision = 0;

  constructor(public data: Data) {}

  get wizards() {
    return this.data.wizards;
  }

  async update<Result>(change: (draft: Data) => Result | Promise<Result>): Promise<Result> {
    for (;;) {
      const base = this.#revision;
      const draft = structuredClone(this.data);
      this.attempts += 1;
      const result = await change(draft);
      if (base !== this.#revision) continue;
      this.#revision += 1;
      this.data = draft;
      return result;
    }
  }
}
