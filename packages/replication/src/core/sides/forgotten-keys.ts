import { LIMITS } from '../limits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import type { DeltaBody } from '../record/record-codec.js';

/** A key of the session (`data.cart`) whose changes are no longer known one by one, and the latest. */
export type ForgottenKey = readonly [area: string, key: string, at: HybridTime];

/** Whether the changes of a key are not known one by one. */
export function isForgotten(
  forgotten: readonly ForgottenKey[],
  area: string,
  key: string,
): boolean {
  return forgotten.some((each) => each[0] === area && (each[1] === key || each[1] === EVERY_KEY));
}

/** Stands for all keys of an area when there are too many to name. */
export const EVERY_KEY = '';

/** What a change leaves of itself when it is not kept. */
export function forgottenOf(at: HybridTime, { operations }: DeltaBody): ForgottenKey[] {
  return operations.map(({ path }) => [String(path[0]), String(path[1]), at]);
}

/** Of each key the latest time; of an area with too many keys one for all. */
export function forget(
  known: readonly ForgottenKey[],
  added: readonly ForgottenKey[],
): readonly ForgottenKey[] {
  const latest = new Map<string, ForgottenKey>();
  for (const each of [...known, ...added]) {
    const name = `${each[0]}.${each[1]}`;
    const before = latest.get(name);
    if (!before || before[2] < each[2]) latest.set(name, each);
  }
  const result = [...latest.values()];
  if (result.length <= LIMITS.changeLogKeys) return result;
  return (['data', 'system'] as const).flatMap((area): ForgottenKey[] => {
    const times = result.filter((each) => each[0] === area).map((each) => each[2]);
    return times.length > 0 ? [[area, EVERY_KEY, Math.max(...times)]] : [];
  });
}
