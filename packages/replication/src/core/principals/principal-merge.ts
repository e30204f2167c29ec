import type { RecordContent } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { diff } from '../values/diff.js';
import { readList, writeList } from './principal-contents.js';
import type { PrincipalList } from './principal-record.js';

/**
 * What both sides of a partition know of one principal. Whoever signed in on either side is on the
 * list, or "log out everywhere" would miss them ever after; whom either side has ended is not. A
 * side's ends are buried under the handle, so a place that is here although it ended there goes as
 * soon as everyone was asked. More than the limit may be on it: the next login makes room.
 */
export function mergeLists(own: PrincipalList, other: PrincipalList): PrincipalList {
  const endings = [...own.endings];
  for (const ending of other.endings) {
    if (!endings.some(({ session }) => session === ending.session)) endings.push(ending);
  }
  const handles = new Set(own.places.map(({ handle }) => handle));
  const ended = new Set(endings.map(({ handle }) => handle));
  const places = [...own.places, ...other.places.filter(({ handle }) => !handles.has(handle))];
  return {
    list: own.list,
    generation: Math.max(own.generation, other.generation),
    last: Math.max(own.last, other.last),
    places: places
      .filter(({ handle }) => !ended.has(handle))
      .sort((left, right) => left.order - right.order),
    endings,
  };
}

/** The change that makes an owned list the merged one. */
export function mergeOfLists(
  own: RecordContent,
  other: RecordContent,
): Pick<DeltaBody, 'operations' | 'idleTimeoutMs'> {
  const { system } = own.document;
  const list = mergeLists(readList(own.document), readList(other.document));
  return {
    operations: diff(system, writeList(list).system, ['system']),
    idleTimeoutMs: Math.max(own.idleTimeoutMs, other.idleTimeoutMs),
  };
}
