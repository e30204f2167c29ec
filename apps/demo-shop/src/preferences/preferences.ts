import { BASE_CURRENCY, CURRENCIES, type Currency } from '../money/currency.js';
import { LANGUAGES, type Language } from '../money/format.js';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface Preferences {
  readonly theme: Theme;
  readonly currency: Currency;
  /** How prices and dates are written. */
  readonly language: Language;
}

/** Nobody has chosen anything yet. */
export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  currency: BASE_CURRENCY,
  language: 'en',
};

/**
 * The preferences in force. A stored value that this version does not know falls back to its
 * default, because an older or newer node may have written it.
 */
export function effectivePreferences(stored: Partial<Preferences> | undefined): Preferences {
  return {
    theme: known(THEMES, stored?.theme) ?? DEFAULT_PREFERENCES.theme,
    currency: known(CURRENCIES, stored?.currency) ?? DEFAULT_PREFERENCES.currency,
    language: known(LANGUAGES, stored?.language) ?? DEFAULT_PREFERENCES.language,
  };
}

function known<const Choice>(choices: readonly Choice[], value: unknown): Choice | undefined {
  return choices.find((choice) => choice === value);
}
