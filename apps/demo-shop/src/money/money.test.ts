import { describe, expect, it } from 'vitest';
import { type Currency, fromEuroCents } from './currency.js';
import { formatMoney, type Language } from './format.js';

describe('fromEuroCents', () => {
  it.each<[number, Currency, number]>([
    [1_250, 'EUR', 1_250],
    [1_250, 'USD', 1_363], // 13.625 rounds half up
    [1_250, 'GBP', 1_063], // 10.625 rounds half up
    [1_250, 'JPY', 2_000],
    [1, 'JPY', 2], // 1.6 yen
    [0, 'CHF', 0],
  ])('%i cents are %s %i', (cents, currency, amount) => {
    expect(fromEuroCents(cents, currency)).toBe(amount);
  });

  it('gives whole minor units for every price up to 1,000 euros', () => {
    for (let cents = 0; cents <= 100_000; cents += 37) {
      for (const currency of ['USD', 'GBP', 'CHF', 'JPY'] as const) {
        expect(Number.isSafeInteger(fromEuroCents(cents, currency))).toBe(true);
      }
    }
  });
});

describe('formatMoney', () => {
  it.each<[number, Currency, Language, string]>([
    [123_450, 'EUR', 'en', '€1,234.50'],
    [123_450, 'EUR', 'de', '1.234,50\u00a0€'],
    [2_000, 'JPY', 'en', '¥2,000'],
    [5, 'GBP', 'en', '£0.05'],
  ])('writes %i %s in %s as %s', (amount, currency, language, text) => {
    expect(formatMoney(amount, currency, language)).toBe(text);
  });
});
