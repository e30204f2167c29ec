import { randomUUID } from 'node:crypto';
import type { Session } from '@understudy/nest-session';
import type { ShopSessionData } from './shop-session.js';

/**
 * Gives a session its containers, once. Changes of parallel requests are merged inside of what is
 * there; two first changes that each bring a whole basket would be one basket, the later one's.
 */
export async function prepareSession(session: Session<ShopSessionData>): Promise<void> {
  const { cart, preferences, visitor } = session;
  if (cart !== undefined && preferences !== undefined && visitor !== undefined) return;
  await session.update((data) => {
    data.cart ??= {};
    data.preferences ??= {};
    data.visitor ??= randomUUID();
  });
}

/** The visitor a session's orders belong to while nobody is signed in; stored before it is used. */
export async function visitorOf(session: Session<ShopSessionData>): Promise<string> {
  await prepareSession(session);
  return session.visitor ?? '';
}
