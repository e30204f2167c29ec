import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { isCardNumber } from './card-number.js';
import { ContactSchema, DeliverySchema, paymentSchema } from './schemas.js';

const NOW_MS = Date.UTC(2026, 10, 20);
const PaymentSchema = paymentSchema(() => NOW_MS);

const CONTACT = { name: ' Ada Lovelace ', email: 'ada@example.org' };
const DELIVERY = { street: '12 Row', postcode: 'W1 1AA', city: 'London', country: 'Ireland' };
const PAYMENT = {
  cardholder: 'Ada',
  cardNumber: '4242 4242 4242 4242',
  expiry: '11/26',
  cvc: '123',
};

describe('the answers of a checkout', () => {
  it('lose surrounding space', () => {
    expect(v.parse(ContactSchema, CONTACT).name).toBe('Ada Lovelace');
  });

  it('are delivered the standard way unless asked otherwise', () => {
    expect(v.parse(DeliverySchema, DELIVERY).speed).toBe('standard');
  });

  it('keep the last four digits of a card, however it was typed', () => {
    const payment = v.parse(PaymentSchema, { ...PAYMENT, cardNumber: '4242-4242 42424242' });
    expect(payment).toMatchObject({ cardNumber: '4242424242424242', lastFour: '4242' });
  });

  it.each<[v.GenericSchema, object, string]>([
    [ContactSchema, { ...CONTACT, name: '  ' }, 'Enter your full name'],
    [ContactSchema, { name: 'Ada' }, 'Enter your email address'],
    [ContactSchema, { ...CONTACT, email: 'ada@' }, 'Enter an email address such as'],
    [ContactSchema, { ...CONTACT, name: 'x'.repeat(101) }, 'Use at most 100 characters'],
    [DeliverySchema, { ...DELIVERY, country: 'Atlantis' }, 'Choose a country from the list'],
    [DeliverySchema, { ...DELIVERY, speed: 'never' }, 'Choose how fast it should be'],
    [PaymentSchema, { ...PAYMENT, cardNumber: '4242 4242 4242 4241' }, 'Check the card number'],
    [PaymentSchema, { ...PAYMENT, expiry: '13/27' }, 'Enter the expiry date as MM/YY'],
    [PaymentSchema, { ...PAYMENT, expiry: '10/26' }, 'This card has expired'],
    [PaymentSchema, { ...PAYMENT, cvc: '12' }, 'Enter the 3 or 4 digits'],
    [PaymentSchema, { ...PAYMENT, cvc: 123 }, 'Enter the security code'],
  ])('%#: say what is wrong with them', (schema, input, message) => {
    const result = v.safeParse(schema, input);
    const messages = (result.issues ?? []).map((issue) => issue.message);
    expect(messages.join('; ')).toContain(message);
  });
});

describe('isCardNumber', () => {
  it.each([
    ['4242424242424242', true],
    ['4111111111111111', true],
    ['378282246310005', true],
    ['4242424242424241', false],
    ['4242', false],
    ['0'.repeat(20), false],
    ['4242 4242 4242 4242', false],
    ['', false],
  ])('%s: %s', (digits, expected) => {
    expect(isCardNumber(digits)).toBe(expected);
  });
});
