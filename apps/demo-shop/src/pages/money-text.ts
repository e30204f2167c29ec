import { type Currency, fromEuroCents, type MinorUnits } from '../money/currency.js';
import { formatMoney } from '../money/format.js';
import type { PageContext } from './page-context.js';

/** An amount as this visitor reads it. */
export function money(context: PageContext, amount: MinorUnits, currency: Currency): string {
  return formatMoney(amount, currency, context.preferences.language);
}

/** A catalogue price in the visitor's currency. */
export function price(context: PageContext, cents: MinorUnits): string {
  const { currency } = context.preferences;
  return money(context, fromEuroCents(cents, currency), currency);
}
