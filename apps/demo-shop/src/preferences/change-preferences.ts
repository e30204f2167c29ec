import type { Session } from '@understudy/nest-session';
import type { ShopSessionData } from '../shop-session.js';
import { effectivePreferences, type Preferences } from './preferences.js';
import type { PreferencesChange } from './preferences.schema.js';

/**
 * Sets each given key on its own, so that two tabs changing different preferences keep both, and a
 * key that stays the same costs nothing.
 */
export function changePreferences(
  session: Session<ShopSessionData>,
  change: PreferencesChange,
): Preferences {
  const { theme, currency, language } = change;
  session.preferences = {
    ...session.preferences,
    ...(theme !== undefined && { theme }),
    ...(currency !== undefined && { currency }),
    ...(language !== undefined && { language }),
  };
  return effectivePreferences(session.preferences);
}
