import { type Html, html } from '../html/html.js';
import { type FormIssue, radioField, selectField, textField } from '../pages/form-parts.js';
import type { CheckoutStep } from './checkout.wizard.js';
import { COUNTRIES } from './schemas.js';

type Values = Readonly<Record<string, unknown>>;

/** The fields of a step, filled with what is known. Volatile fields are never filled. */
export function stepFields(
  step: CheckoutStep,
  values: Values,
  issues: readonly FormIssue[],
): Html | false {
  switch (step) {
    case 'contact':
      return contact(values, issues);
    case 'delivery':
      return delivery(values, issues);
    case 'payment':
      return payment(values, issues);
    case 'review':
      return false;
  }
}

function contact(values: Values, issues: readonly FormIssue[]): Html {
  return html`${textField(
    { name: 'name', label: 'Full name', autocomplete: 'name', value: text(values.name) },
    issues,
  )}
    ${textField(
      {
        name: 'email',
        label: 'Email address',
        type: 'email',
        inputmode: 'email',
        autocomplete: 'email',
        hint: 'Only the demonstration’s own database will ever read it.',
        value: text(values.email),
      },
      issues,
    )}`;
}

function delivery(values: Values, issues: readonly FormIssue[]): Html {
  return html`${textField(
    {
      name: 'street',
      label: 'Street and house number',
      autocomplete: 'street-address',
      value: text(values.street),
    },
    issues,
  )}
    ${textField(
      {
        name: 'postcode',
        label: 'Postcode',
        autocomplete: 'postal-code',
        width: 'narrow',
        maxLength: 12,
        value: text(values.postcode),
      },
      issues,
    )}
    ${textField(
      {
        name: 'city',
        label: 'Town or city',
        autocomplete: 'address-level2',
        value: text(values.city),
      },
      issues,
    )}
    ${selectField(
      {
        name: 'country',
        label: 'Country',
        value: text(values.country),
        choices: [
          { value: '', label: 'Choose a country' },
          ...COUNTRIES.map((country) => ({ value: country, label: country })),
        ],
      },
      issues,
    )}
    ${radioField(
      {
        name: 'speed',
        label: 'How fast?',
        value: text(values.speed) || 'standard',
        choices: [
          { value: 'standard', label: 'Within three days, free' },
          { value: 'tonight', label: 'By curtain-up tonight, free as well' },
        ],
      },
      issues,
    )}`;
}

function payment(values: Values, issues: readonly FormIssue[]): Html {
  return html`<p class="hint">The number, date and code are checked and forgotten. They are never
      stored, copied to another node or logged. Use <code>4242 4242 4242 4242</code>, any date to
      come and any code.</p>
    ${textField(
      {
        name: 'cardholder',
        label: 'Name on the card',
        autocomplete: 'cc-name',
        value: text(values.cardholder),
      },
      issues,
    )}
    ${textField(
      {
        name: 'cardNumber',
        label: 'Card number',
        autocomplete: 'cc-number',
        inputmode: 'numeric',
        maxLength: 30,
        ...(typeof values.lastFour === 'string' && {
          hint: `You entered a card ending in ${values.lastFour}. It is asked again because it was not kept.`,
        }),
      },
      issues,
    )}
    ${textField(
      {
        name: 'expiry',
        label: 'Expires (MM/YY)',
        autocomplete: 'cc-exp',
        inputmode: 'numeric',
        width: 'narrow',
        maxLength: 7,
      },
      issues,
    )}
    ${textField(
      {
        name: 'cvc',
        label: 'Security code',
        autocomplete: 'cc-csc',
        inputmode: 'numeric',
        width: 'narrow',
        maxLength: 4,
      },
      issues,
    )}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
