import { defineWizard, WizardRejectedError } from '../../src/index.js';
import { textFields } from '../checkout-wizard.js';
import { Gate } from '../support/shop.js';

export interface TripSession {
  readonly traveller?: string;
  booked?: string;
  [key: string]: unknown;
}

/** A form of three steps whose side effect tests can hold, and that tells how often it ran. */
export class TripForm {
  readonly gate = new Gate();
  readonly runs: { key: string; to: unknown; traveller: unknown }[] = [];

  readonly wizard = defineWizard({
    id: 'trip',
    version: 1,
    ttl: '2h',
    idle: '30m',
    steps: {
      where: { schema: textFields('to') },
      payment: { schema: textFields('holder', 'card'), volatile: ['card'] },
      review: { readonly: true },
    },
    freeze: (session: TripSession) => ({ traveller: session.traveller ?? 'nobody' }),
    settled: (session: TripSession, { ticket }) => {
      session.booked = String(ticket);
    },
    complete: async ({ key, answers, submission }) => {
      const { to } = answers.where;
      if (to === 'Atlantis') throw new WizardRejectedError('no-such-place', 'It has sunk.');
      this.runs.push({ key, to, traveller: submission.traveller });
      await this.gate.pass('complete');
      return { ticket: `ticket-${key}` };
    },
  });
}
