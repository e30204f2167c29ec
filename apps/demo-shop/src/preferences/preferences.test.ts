import { describe, expect, it } from 'vitest';
import { DEFAULT_PREFERENCES, effectivePreferences, type Preferences } from './preferences.js';

describe('preferences', () => {
  it.each<[unknown, Partial<Preferences>]>([
    [undefined, {}],
    [{}, {}],
    [{ theme: 'dark' }, { theme: 'dark' }],
    [
      { currency: 'JPY', language: 'de' },
      { currency: 'JPY', language: 'de' },
    ],
    [{ theme: 'sepia', currency: 'toString' }, {}],
  ])('stored as %j are in force with defaults for the rest', (stored, expected) => {
    const preferences = effectivePreferences(stored as Partial<Preferences> | undefined);
    expect(preferences).toEqual({ ...DEFAULT_PREFERENCES, ...expected });
  });
});
