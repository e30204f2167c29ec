import { describe, expect, it } from 'vitest';
import type { PlaceRequest } from './principal-calls.js';
import { mergeLists } from './principal-merge.js';
import { enlist, newList, type PrincipalList, revoke } from './principal-record.js';

function signIn(list: PrincipalList, name: string): PrincipalList {
  const request: PlaceRequest = {
    handle: `handle ${name}`,
    session: name,
    limit: 9,
    policy: 'reject',
    absoluteTimeoutMs: 1000,
    createdMs: 0,
    seenMs: 0,
    device: new Uint8Array(),
  };
  return enlist(list, request) as PrincipalList;
}

const both = signIn(newList('list'), 'both');
const own = signIn(both, 'own');
const other = signIn(signIn(both, 'other'), 'another');

const sessions = (list: PrincipalList) => list.places.map(({ session }) => session);

describe('two lists of one principal', () => {
  it('have the places of both, in the order of the logins', () => {
    expect(sessions(mergeLists(own, other))).toEqual(['both', 'own', 'other', 'another']);
  });

  it('take the next place after all others', () => {
    const next = signIn(mergeLists(own, other), 'next');
    expect(next.places.at(-1)).toMatchObject({ session: 'next', order: 4 });
  });

  it.each([
    ['own', mergeLists(revoke(own, 'one', 'handle both'), other)],
    ['other', mergeLists(own, revoke(other, 'one', 'handle both'))],
  ])('go on with what the %s one had begun to end', (_, merged) => {
    expect(sessions(merged)).toEqual(['own', 'other', 'another']);
    expect(merged.endings).toMatchObject([{ session: 'both', reason: 'revoked' }]);
  });

  it('have the higher generation and the name of the leading one', () => {
    const merged = mergeLists(own, { ...revoke(other, 'all', undefined), list: 'anew' });
    expect(merged).toMatchObject({ list: 'list', generation: 2 });
    expect(sessions(merged)).toEqual(['own']);
  });

  it('have nothing to merge a second time', () => {
    const merged = mergeLists(own, other);
    expect(mergeLists(merged, other)).toEqual(merged);
    expect(mergeLists(merged, own)).toEqual(merged);
  });
});
