import { randomUUID } from 'node:crypto';
import type { Session } from '@understudy/nest-session';
import type { ShopSessionData } from './shop-session.js';

/**
 * Gives a session its basket and its visitor, once. An addition needs something to add to: two
 * first additions of one product that each begin a basket would be one of them.
 */
export async function prepareSession(session: Session<ShopSessionData>): Promise<void> {
  if (session.cart !== undefined && session.visitor !== undefined) return;
  await session.update((data) => {
    data.cart ??= {};
    data.visitor ??= randomUUID();
  });
}

/** The visitor a session's orders belong to while nobody is signed in; stored before it is used. */
export async function visitorOf(session: Session<ShopSessionData>): Promise<string> {
  await prepareSession(session);
  return session.visitor ?? '';
}
