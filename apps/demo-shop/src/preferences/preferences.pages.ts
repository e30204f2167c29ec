import { type Html, html } from '../html/html.js';
import { CURRENCIES } from '../money/currency.js';
import { LANGUAGES } from '../money/format.js';
import { csrfField, notice, radioField, selectField } from '../pages/form-parts.js';
import type { PageContext } from '../pages/page-context.js';
import { THEMES } from './preferences.js';

const THEME_LABELS = { system: 'As my device', light: 'Light', dark: 'Dark' } as const;

const CURRENCY_LABELS = {
  EUR: 'Euro (€)',
  USD: 'US dollar ($)',
  GBP: 'Pound sterling (£)',
  CHF: 'Swiss franc (CHF)',
  JPY: 'Japanese yen (¥)',
} as const;

const LANGUAGE_LABELS = {
  en: 'English',
  de: 'German',
  fr: 'French',
  es: 'Spanish',
  it: 'Italian',
  nl: 'Dutch',
} as const;

export function preferencesPage(context: PageContext, saved: boolean): Html {
  const { theme, currency, language } = context.preferences;
  return html`<h1>Preferences</h1>
    ${saved && notice('Your preferences are saved.')}
    <form class="sheet" method="post" action="/preferences">
      ${csrfField(context)}
      ${radioField({
        name: 'theme',
        label: 'Appearance',
        value: theme,
        choices: THEMES.map((value) => ({ value, label: THEME_LABELS[value] })),
      })}
      ${selectField({
        name: 'currency',
        label: 'Currency',
        value: currency,
        choices: CURRENCIES.map((value) => ({ value, label: CURRENCY_LABELS[value] })),
      })}
      ${selectField({
        name: 'language',
        label: 'Prices and dates are written as in',
        value: language,
        choices: LANGUAGES.map((value) => ({ value, label: LANGUAGE_LABELS[value] })),
      })}
      <div class="actions"><button class="primary">Save preferences</button></div>
    </form>`;
}
