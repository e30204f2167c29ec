export const CURRENCIES = ['EUR', 'USD', 'GBP', 'CHF', 'JPY'] as const;
export type Currency = (typeof CURRENCIES)[number];

/** The catalogue is priced in this currency. */
export const BASE_CURRENCY: Currency = 'EUR';

interface CurrencyFacts {
  /** Decimal places of the minor unit: 2 for cents, 0 for yen. */
  readonly digits: number;
  /** Thousandths of one unit per euro. Fixed, because a demo must not change its prices. */
  readonly perEuroMille: number;
}

const FACTS: Readonly<Record<Currency, CurrencyFacts>> = {
  EUR: { digits: 2, perEuroMille: 1_000 },
  USD: { digits: 2, perEuroMille: 1_090 },
  GBP: { digits: 2, perEuroMille: 850 },
  CHF: { digits: 2, perEuroMille: 960 },
  JPY: { digits: 0, perEuroMille: 160_000 },
};

/** An amount in minor units (cents, yen): always a whole number, so sums are exact. */
export type MinorUnits = number;

/**
 * A catalogue price in another currency, rounded half up to its minor unit. Convert each unit
 * price first and multiply after, so that a line is always quantity × the price shown.
 */
export function fromEuroCents(cents: MinorUnits, currency: Currency): MinorUnits {
  const { digits, perEuroMille } = FACTS[currency];
  const numerator = cents * perEuroMille;
  const denominator = 1_000 * 10 ** (2 - digits);
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}

/** Decimal places of a currency's minor unit. */
export function currencyDigits(currency: Currency): number {
  return FACTS[currency].digits;
}
