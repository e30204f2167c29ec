import { equalValues, isPlainObject } from './equal.js';
import type { SessionValue } from './values.js';

/**
 * A value equal to `value` that is made of the parts of `other` wherever those are equal. Elements of
 * lists are followed by their identity, which is lost when two sides decode the same bytes.
 */
export function shareStructure(value: SessionValue, other: SessionValue): SessionValue {
  if (equalValues(value, other)) return other;
  if (Array.isArray(value) && Array.isArray(other)) return shareElements(value, other);
  if (!isPlainObject(value) || !isPlainObject(other)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      Object.hasOwn(other, key) ? shareStructure(item, other[key]) : item,
    ]),
  );
}

/** Each element of the other list stands for one equal element at most. */
function shareElements(
  list: readonly SessionValue[],
  other: readonly SessionValue[],
): readonly SessionValue[] {
  const free = new Set(other.keys());
  return list.map((item, index) => {
    if (typeof item !== 'object' || item === null) return item;
    const isSame = (at: number) => free.has(at) && equalValues(item, other[at]);
    const found = isSame(index) ? index : [...free].find(isSame);
    if (found === undefined) return item;
    free.delete(found);
    return other[found];
  });
}
