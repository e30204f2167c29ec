import * as v from 'valibot';
import { CURRENCIES } from '../money/currency.js';
import { LANGUAGES } from '../money/format.js';
import { THEMES } from './preferences.js';

function choice<const Choices extends readonly string[]>(choices: Choices) {
  return v.optional(v.picklist(choices, `expected ${choices.join(', ')}`));
}

/** What `PUT /api/preferences` takes; keys that are left out stay as they are. */
export const PreferencesSchema = v.strictObject({
  theme: choice(THEMES),
  currency: choice(CURRENCIES),
  language: choice(LANGUAGES),
});

export type PreferencesChange = v.InferOutput<typeof PreferencesSchema>;
