import type { WizardState } from '@understudy/nest-session';
import { type Html, html } from '../html/html.js';

/** The answers, each with a way back to its step. */
export function reviewAnswers(base: string, state: WizardState): Html {
  const { contact = {}, delivery = {}, payment = {} } = state.answers;
  return html`<dl class="answers">
    ${answer(base, 'contact', 'Contact', [contact.name, contact.email])}
    ${answer(base, 'delivery', 'Delivery', [
      delivery.street,
      `${text(delivery.postcode)} ${text(delivery.city)}`,
      delivery.country,
      delivery.speed === 'tonight' ? 'By curtain-up tonight' : 'Within three days',
    ])}
    ${answer(base, 'payment', 'Payment', [
      payment.cardholder,
      `Card ending in ${text(payment.lastFour)}`,
    ])}
  </dl>`;
}

function answer(base: string, step: string, title: string, lines: readonly unknown[]): Html {
  return html`<div>
    <dt>${title}</dt>
    <dd>${lines.map((line) => html`<span class="line">${text(line)}</span>`)}</dd>
    <dd class="change"><a href="${base}/${step}">Change<span class="visually-hidden">
      ${title.toLowerCase()}</span></a></dd>
  </div>`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
