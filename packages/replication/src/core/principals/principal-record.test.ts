import { describe, expect, it } from 'vitest';
import type { PlaceRequest } from './principal-calls.js';
import { readList, writeList } from './principal-contents.js';
import {
  delist,
  ended,
  enlist,
  type Fate,
  isListed,
  newList,
  type PrincipalList,
  prune,
  revoke,
} from './principal-record.js';

function request(name: string, parts: Partial<PlaceRequest> = {}): PlaceRequest {
  return {
    handle: `h-${name}`,
    session: name,
    limit: 2,
    policy: 'evict-oldest',
    absoluteTimeoutMs: 1000,
    createdMs: 1,
    seenMs: 2,
    device: new Uint8Array([3]),
    ...parts,
  };
}

function listOf(...names: string[]): PrincipalList {
  return names.reduce(
    (list, name) => enlist(list, request(name, { limit: 9 })) ?? list,
    newList('l'),
  );
}

const sessionsIn = ({ places }: PrincipalList) => places.map(({ session }) => session);
const endingsIn = ({ endings }: PrincipalList) => endings.map(({ session }) => session);

const fates =
  (known: Record<string, Fate>) =>
  (key: string): Fate =>
    known[key] ?? { kind: 'alive' };

describe('a place', () => {
  it.each([
    ['on an empty list', [], 2, ['new'], []],
    ['below the limit', ['a'], 2, ['a', 'new'], []],
    ['at the limit', ['a', 'b'], 2, ['b', 'new'], ['a']],
    ['far beyond it, after it was lowered', ['a', 'b', 'c'], 1, ['new'], ['a', 'b', 'c']],
  ])('%s', (_, before, limit, listed, evicted) => {
    const list = enlist(listOf(...before), request('new', { limit })) as PrincipalList;
    expect(sessionsIn(list)).toEqual(listed);
    expect(endingsIn(list)).toEqual(evicted);
  });

  it('is refused on a full list when nobody is to make room', () => {
    const reject = request('new', { policy: 'reject' });
    expect(enlist(listOf('a', 'b'), reject)).toBeUndefined();
    expect(enlist(listOf('a'), reject)).toBeDefined();
  });

  it('is kept by whoever has it, also on a full list', () => {
    const again = request('a', { policy: 'reject', seenMs: 99 });
    const list = enlist(listOf('a', 'b'), again) as PrincipalList;
    expect(sessionsIn(list)).toEqual(['a', 'b']);
    expect(list.places[0]).toMatchObject({ seenMs: 99, order: 1 });
  });

  it('remembers the id that a login is to replace, and ends both', () => {
    const login = request('new', { handle: 'h-a' });
    const list = enlist(listOf('a'), login) as PrincipalList;
    expect(list.places).toMatchObject([{ session: 'new', previous: 'a', confirmed: false }]);
    expect(endingsIn(revoke(list, 'all', undefined))).toEqual(['new', 'a']);
  });

  it('is given back only for the session that has it', () => {
    expect(sessionsIn(delist(listOf('a'), 'h-a', 'other'))).toEqual(['a']);
    expect(sessionsIn(delist(listOf('a'), 'h-a', 'a'))).toEqual([]);
    expect(sessionsIn(delist(listOf('a'), 'h-a', undefined))).toEqual([]);
  });
});

describe('a revocation', () => {
  it.each([
    ['all', undefined, [], ['a', 'b', 'c'], 2],
    ['others', 'h-b', ['b'], ['a', 'c'], 1],
    ['one', 'h-b', ['a', 'c'], ['b'], 1],
    ['one', 'h-x', ['a', 'b', 'c'], [], 1],
  ] as const)('of %s %s', (which, handle, left, gone, generation) => {
    const list = revoke(listOf('a', 'b', 'c'), which, handle);
    expect(sessionsIn(list)).toEqual(left);
    expect(endingsIn(list)).toEqual(gone);
    expect(list.generation).toBe(generation);
    expect(endingsIn(ended(list, list.endings))).toEqual([]);
  });
});

describe('what is known of a session', () => {
  const renamed = (to: string): Fate => ({ kind: 'renamed', to });
  const gone: Fate = { kind: 'ended' };

  it.each<[string, Record<string, Fate>, string[]]>([
    ['nothing', {}, ['a', 'b']],
    ['its end', { a: gone }, ['b']],
    ['the end of its handle', { 'h-a': gone }, ['b']],
    ['another id', { a: renamed('a2'), a2: renamed('a3') }, ['a3', 'b']],
    ['another id that ended', { a: renamed('a2'), a2: gone }, ['b']],
    ['ids in a circle', { a: renamed('a2'), a2: renamed('a') }, ['b']],
  ])('%s', (_, known, listed) => {
    expect(sessionsIn(prune(listOf('a', 'b'), fates(known)))).toEqual(listed);
  });

  it('gives a place back to the session that a login did not replace', () => {
    const list = enlist(listOf('a'), request('new', { handle: 'h-a' })) as PrincipalList;
    expect(prune(list, fates({ new: gone })).places).toMatchObject([
      { session: 'a', previous: undefined, confirmed: true },
    ]);
  });

  it('is the same list when nothing happened', () => {
    const list = listOf('a');
    expect(prune(list, fates({}))).toBe(list);
  });
});

describe('a standing', () => {
  const standing = { principal: 'p', handle: 'h-a', list: 'l', generation: 1 };

  it.each([
    ['of a listed session', listOf('a'), true],
    ['of one that is not listed', listOf('b'), false],
    ['after all were revoked', revoke(listOf('a'), 'all', undefined), false],
    ['of another list', { ...listOf('b'), list: 'm' }, true],
    ['of a list that was further', { ...listOf('b'), generation: 0 }, true],
  ])('%s', (_, list, listed) => {
    expect(isListed(list, standing)).toBe(listed);
  });
});

describe('a list as the contents of a record', () => {
  it('is read as it was written', () => {
    const login = request('new', { handle: 'h-a' });
    const list = revoke(enlist(listOf('a', 'b'), login) as PrincipalList, 'one', 'h-b');
    expect(readList(writeList(list))).toEqual(list);
  });

  it('is read without what is not as it should be', () => {
    const places = { x: 1, y: { session: 5 }, z: { session: 'z', order: Number.NaN } };
    const read = readList({ data: {}, system: { places, endings: { s: { handle: 1 } } } });
    expect(sessionsIn(read)).toEqual(['z']);
    expect(read).toMatchObject({ list: '', generation: 0, endings: [] });
  });
});
