import { SessionOptionError } from '../errors.js';
import type { SessionModuleOptions } from '../session.options.js';
import type { SessionStoreSource } from '../stores/session-store-source.js';
import type { NormalizedSessionOptions } from './normalize-options.js';

type Refusal = readonly [option: string, value: unknown, isAsked: boolean, because: string];

/** Refuses what needs a server that remembers, each with its reason. */
export function refuseBesideCookies(options: SessionModuleOptions, name: string): void {
  const { limits = {}, idempotency = false, onConflict, transport = 'cookie' } = options;
  const { perPrincipal, newSessions = false, onLimit } = limits;
  const refusals: readonly Refusal[] = [
    ['limits.perPrincipal', perPrincipal, perPrincipal !== undefined, 'nobody counts sessions'],
    ['limits.onLimit', onLimit, onLimit !== undefined, 'nobody counts sessions'],
    ['limits.newSessions', 'given', newSessions !== false, 'a session takes no memory'],
    ['idempotency', idempotency, idempotency !== false, 'no outcome is remembered'],
    ['onConflict', onConflict, onConflict === 'reject', 'nobody sees what others store'],
    ['legacyCookies', 'given', options.legacyCookies !== undefined, 'two would be made of one'],
    [
      'transport',
      String(transport),
      [transport].flat().some((each) => each !== 'cookie'),
      'what carries a session is a cookie',
    ],
  ];
  for (const [option, value, isAsked, because] of refusals) {
    if (isAsked)
      throw new SessionOptionError(option, value, `none beside store: ${name}: ${because}`);
  }
}

/** The check of a decorator that such a store rules out. */
export function needsServer(decorator: string, because: string) {
  return ({ store }: { readonly store: SessionStoreSource | undefined }): void => {
    if (!store?.inCookies) return;
    const expected = `a store on the server for ${decorator}: ${because}`;
    throw new SessionOptionError('store', store.name, expected);
  };
}

/** What holds by default, but has no meaning there. */
export function besideCookies(
  store: SessionStoreSource | undefined,
): Partial<Pick<NormalizedSessionOptions, 'idempotency' | 'newSessions'>> {
  return store?.inCookies ? { idempotency: false, newSessions: undefined } : {};
}
