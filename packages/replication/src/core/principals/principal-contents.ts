import { isPlainObject } from '../values/equal.js';
import type { SessionDocument, SessionObject, SessionValue } from '../values/values.js';
import type { Ending, Place, PrincipalList } from './principal-record.js';

/** The list as the contents of a record. */
export function writeList(list: PrincipalList): SessionDocument {
  const places = list.places.map(({ handle, previous, ...place }) => [
    handle,
    previous === undefined ? place : { ...place, previous },
  ]);
  const endings = list.endings.map(({ session, ...ending }) => [session, ending]);
  return {
    data: {},
    system: {
      list: list.list,
      generation: list.generation,
      last: list.last,
      places: Object.fromEntries(places),
      endings: Object.fromEntries(endings),
    },
  };
}

/** Total: what is not as it should be is left out. */
export function readList(document: SessionDocument): PrincipalList {
  const { list, generation, last, places, endings } = document.system;
  return {
    list: text(list) ?? '',
    generation: whole(generation),
    last: whole(last),
    places: entriesOf(places)
      .flatMap(([handle, value]) => readPlace(handle, value))
      .sort((left, right) => left.order - right.order),
    endings: entriesOf(endings).flatMap(([session, value]) => readEnding(session, value)),
  };
}

function readPlace(handle: string, value: SessionObject): Place[] {
  const { session, previous, createdMs, seenMs, device, confirmed, order } = value;
  const key = text(session);
  if (key === undefined) return [];
  return [
    {
      handle,
      session: key,
      previous: text(previous),
      createdMs: whole(createdMs),
      seenMs: whole(seenMs),
      device: device instanceof Uint8Array ? device : new Uint8Array(),
      confirmed: confirmed === true,
      order: whole(order),
      absoluteTimeoutMs: whole(value.absoluteTimeoutMs),
    },
  ];
}

function readEnding(session: string, value: SessionObject): Ending[] {
  const handle = text(value.handle);
  if (handle === undefined) return [];
  const reason = value.reason === 'evicted' ? 'evicted' : 'revoked';
  return [{ handle, session, reason, keepMs: whole(value.keepMs) }];
}

function entriesOf(value: SessionValue): [string, SessionObject][] {
  if (!isPlainObject(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, SessionObject] =>
    isPlainObject(entry[1]),
  );
}

function text(value: SessionValue): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function whole(value: SessionValue): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
