import { LIMITS } from '../limits.js';
import { equalValues, isPlainObject, ownValue } from './equal.js';
import type { SessionValue } from './values.js';

type List = readonly SessionValue[];

/** An element and what became of it: its index before and after. */
export type Pair = readonly [before: number, after: number];

/** Outweighs any number of things in common. */
const EQUAL = 10_000;

/**
 * Which element became which, in order: those that stayed as they were, then those that have most in
 * common. A change computed along these pairs touches only what a request changed, so that it meets
 * only changes of the same element (the failure prevented: a request that changes one line and
 * appends another puts back the old state of all lines between).
 */
export function alignLists(before: List, after: List): Pair[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && equalValues(before[head], after[head])) head++;
  let tail = 0;
  while (
    tail < shorter - head &&
    equalValues(before[before.length - 1 - tail], after[after.length - 1 - tail])
  ) {
    tail++;
  }
  const pairs: Pair[] = [];
  for (let index = 0; index < head; index++) pairs.push([index, index]);
  const middle = (list: List): List => list.slice(head, list.length - tail);
  for (const [was, is] of alignMiddle(middle(before), middle(after))) {
    pairs.push([head + was, head + is]);
  }
  for (let left = tail; left > 0; left--) pairs.push([before.length - left, after.length - left]);
  return pairs;
}

/** The pairs with the most in common altogether; when that costs too much, those side by side. */
function alignMiddle(before: List, after: List): Pair[] {
  const pairs: Pair[] = [];
  if (before.length * after.length > LIMITS.alignedPairs) {
    const shorter = Math.min(before.length, after.length);
    for (let index = 0; index < shorter; index++) {
      if (similarity(before[index], after[index]) > 0) pairs.push([index, index]);
    }
    return pairs;
  }
  const scores = before.map((was) => after.map((is) => similarity(was, is)));
  const score = (was: number, is: number): number => scores[was]?.[is] ?? 0;
  const totals = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const total = (was: number, is: number): number => totals[was]?.[is] ?? 0;
  for (let was = before.length - 1; was >= 0; was--) {
    for (let is = after.length - 1; is >= 0; is--) {
      (totals[was] as Uint32Array)[is] = Math.max(
        total(was + 1, is),
        total(was, is + 1),
        total(was + 1, is + 1) + score(was, is),
      );
    }
  }
  let was = 0;
  let is = 0;
  while (total(was, is) > 0) {
    const paired = total(was + 1, is + 1) + score(was, is);
    if (score(was, is) > 0 && total(was, is) === paired) pairs.push([was++, is++]);
    else if (total(was, is) === total(was + 1, is)) was++;
    else is++;
  }
  return pairs;
}

/** How much two elements have in common; 0 means another element, not a change of this one. */
function similarity(before: SessionValue, after: SessionValue): number {
  if (equalValues(before, after)) return EQUAL;
  if (Array.isArray(before) && Array.isArray(after)) {
    return before.filter((item, index) => equalValues(item, after[index])).length;
  }
  if (!isPlainObject(before) || !isPlainObject(after)) return 0;
  const keys = Object.keys(before);
  if (keys.length === 0) return 1;
  return keys.filter((key) => equalValues(before[key], ownValue(after, key))).length;
}
