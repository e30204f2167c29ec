import * as v from 'valibot';
import { isCardNumber } from './card-number.js';

/** Text that is asked for; a field that was not sent is as good as an empty one. */
function text(missing: string) {
  return v.optional(v.string(missing), '');
}

/** Text without surrounding space, required, of a sensible length. */
function line(missing: string, maxLength = 100) {
  return v.pipe(
    text(missing),
    v.trim(),
    v.nonEmpty(missing),
    v.maxLength(maxLength, `Use at most ${maxLength} characters`),
  );
}

export const COUNTRIES = [
  'Austria',
  'Belgium',
  'France',
  'Germany',
  'Ireland',
  'Italy',
  'Japan',
  'Netherlands',
  'Spain',
  'Switzerland',
  'United Kingdom',
  'United States',
] as const;

export const DELIVERY_SPEEDS = ['standard', 'tonight'] as const;

export const ContactSchema = v.object({
  name: line('Enter your full name'),
  email: v.pipe(
    line('Enter your email address', 200),
    v.email('Enter an email address such as name@example.org'),
  ),
});

export const DeliverySchema = v.object({
  street: line('Enter street and house number'),
  postcode: line('Enter the postcode', 12),
  city: line('Enter the town or city'),
  country: v.pipe(
    text('Choose a country from the list'),
    v.picklist(COUNTRIES, 'Choose a country from the list'),
  ),
  speed: v.optional(v.picklist(DELIVERY_SPEEDS, 'Choose how fast it should be'), 'standard'),
});

/**
 * The card itself is checked and forgotten: `cardNumber`, `expiry` and `cvc` are volatile in the
 * wizard. What the order shows of it is `lastFour`. `nowMs` decides whether a card has expired.
 */
export function paymentSchema(nowMs: () => number) {
  return v.pipe(
    v.object({
      cardholder: line('Enter the name on the card'),
      cardNumber: v.pipe(
        text('Enter the card number'),
        v.transform((number) => number.replace(/[\s-]/g, '')),
        v.nonEmpty('Enter the card number'),
        v.check(isCardNumber, 'Check the card number; a digit is wrong or missing'),
      ),
      expiry: v.pipe(
        text('Enter the expiry date'),
        v.trim(),
        v.regex(/^(0[1-9]|1[0-2]) ?\/ ?\d{2}$/, 'Enter the expiry date as MM/YY'),
        v.check((expiry) => !hasExpired(expiry, nowMs()), 'This card has expired'),
      ),
      cvc: v.pipe(
        text('Enter the security code'),
        v.trim(),
        v.regex(/^\d{3,4}$/, 'Enter the 3 or 4 digits of the security code'),
      ),
    }),
    v.transform((card) => ({ ...card, lastFour: card.cardNumber.slice(-4) })),
  );
}

/** A card is good until the end of the month that is printed on it. */
function hasExpired(expiry: string, nowMs: number): boolean {
  const [month = '', year = ''] = expiry.split('/').map((part) => part.trim());
  return Date.UTC(2000 + Number(year), Number(month), 1) <= nowMs;
}
