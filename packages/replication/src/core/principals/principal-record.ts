import type { EndedSession, ListedSession, PlaceRequest } from './principal-calls.js';
import type { Standing } from './standing.js';

/** A place on the list. */
export interface Place extends ListedSession {
  /** What the place was for before a login that is not confirmed yet; it may still be alive. */
  readonly previous?: string | undefined;
  /** Places are taken in this order. */
  readonly order: number;
  readonly absoluteTimeoutMs: number;
}

/**
 * A session that is to end and has not ended everywhere yet. Noted and copied before anybody is told,
 * so that whoever takes the list over goes on with it (the failure prevented: the owner dies between
 * taking a session off the list and ending it, and one too many lives on).
 */
export interface Ending extends EndedSession {
  readonly reason: 'evicted' | 'revoked';
  readonly keepMs: number;
}

/** The list of one principal's sessions. Immutable: a change makes a new one. */
export interface PrincipalList {
  /** Names this list: one that is made anew after all copies were lost is another. */
  readonly list: string;
  readonly generation: number;
  /** The order of the newest place. */
  readonly last: number;
  /** In order. */
  readonly places: readonly Place[];
  readonly endings: readonly Ending[];
}

export function newList(list: string): PrincipalList {
  return { list, generation: 1, last: 0, places: [], endings: [] };
}

/** Takes a place; undefined when the list is full and nobody is to make room. */
export function enlist(list: PrincipalList, request: PlaceRequest): PrincipalList | undefined {
  const { handle, session, limit, policy, ...facts } = request;
  const own = list.places.find((place) => place.handle === handle);
  const others = list.places.filter((place) => place !== own);
  const surplus = others.length + 1 - limit;
  if (!own && surplus > 0 && policy === 'reject') return undefined;
  const evicted = own ? [] : others.slice(0, Math.max(0, surplus));
  const renamed = own !== undefined && own.session !== session;
  const place: Place = {
    handle,
    session,
    createdMs: facts.createdMs,
    seenMs: facts.seenMs,
    device: facts.device,
    absoluteTimeoutMs: facts.absoluteTimeoutMs,
    order: own?.order ?? list.last + 1,
    confirmed: own !== undefined && !renamed && own.confirmed,
    previous: renamed ? (own.previous ?? own.session) : own?.previous,
  };
  const places = [...others.filter((other) => !evicted.includes(other)), place];
  return {
    ...list,
    last: Math.max(list.last, place.order),
    places: places.sort((left, right) => left.order - right.order),
    endings: addEndings(list.endings, evicted, 'evicted'),
  };
}

/** Ends the sessions in these places. */
export function revoke(
  list: PrincipalList,
  which: 'all' | 'others' | 'one',
  handle: string | undefined,
): PrincipalList {
  const isRevoked = (place: Place) =>
    which === 'all' || (place.handle === handle) === (which === 'one');
  return {
    ...list,
    generation: list.generation + (which === 'all' ? 1 : 0),
    places: list.places.filter((place) => !isRevoked(place)),
    endings: addEndings(list.endings, list.places.filter(isRevoked), 'revoked'),
  };
}

export function delist(
  list: PrincipalList,
  handle: string,
  session: string | undefined,
): PrincipalList {
  const isMeant = (place: Place) =>
    place.handle === handle && (session === undefined || place.session === session);
  if (!list.places.some(isMeant)) return list;
  return { ...list, places: list.places.filter((place) => !isMeant(place)) };
}

/** Puts another place where one was; undefined takes it away. */
export function replacePlace(
  list: PrincipalList,
  handle: string,
  replacement: Place | undefined,
): PrincipalList {
  return {
    ...list,
    places: list.places.flatMap((place) =>
      place.handle === handle ? (replacement ? [replacement] : []) : [place],
    ),
  };
}

/** These have ended everywhere. */
export function ended(list: PrincipalList, endings: readonly Ending[]): PrincipalList {
  const done = new Set(endings.map(({ session }) => session));
  return { ...list, endings: list.endings.filter(({ session }) => !done.has(session)) };
}

/** What became of a session key as far as this node knows. */
export type Fate = { readonly kind: 'alive' } | { readonly kind: 'ended' } | RenamedTo;
interface RenamedTo {
  readonly kind: 'renamed';
  readonly to: string;
}

/** The list without sessions that have ended, and with the present keys of those that were rotated. */
export function prune(list: PrincipalList, fateOf: (key: string) => Fate): PrincipalList {
  const places = list.places.flatMap((place) => {
    // Its handle is buried with it: some node knows more of it than this list does.
    if (fateOf(place.handle).kind !== 'alive') return [];
    const session = follow(place.session, fateOf);
    const previous = place.previous && follow(place.previous, fateOf);
    if (session === place.session && previous === place.previous) return [place];
    if (session !== undefined) return [{ ...place, session, previous }];
    // The login will never come about; what it was to replace lives on.
    if (previous !== undefined) {
      return [{ ...place, session: previous, previous: undefined, confirmed: true }];
    }
    return [];
  });
  const same =
    places.length === list.places.length &&
    places.every((place, index) => place === list.places[index]);
  return same ? list : { ...list, places };
}

function follow(session: string, fateOf: (session: string) => Fate): string | undefined {
  let current = session;
  for (let hops = 0; hops < 8; hops++) {
    const fate = fateOf(current);
    if (fate.kind === 'alive') return current;
    if (fate.kind === 'ended') return undefined;
    current = fate.to;
  }
  return undefined;
}

function addEndings(
  endings: readonly Ending[],
  places: readonly Place[],
  reason: Ending['reason'],
): readonly Ending[] {
  const added = places.flatMap(({ handle, session, previous, absoluteTimeoutMs: keepMs }) => [
    { handle, session, reason, keepMs },
    ...(previous === undefined ? [] : [{ handle, session: previous, reason, keepMs }]),
  ]);
  return [...endings, ...added];
}

export function findPlace(places: readonly Place[], handle: string): Place | undefined {
  return places.find((place) => place.handle === handle);
}

/**
 * Whether a session that says so is on the list. A list that is not the one it was put on, or that
 * lost the end of its history, says nothing.
 */
export function isListed(list: PrincipalList, standing: Standing): boolean {
  if (list.list !== standing.list || list.generation < standing.generation) return true;
  return findPlace(list.places, standing.handle) !== undefined;
}
