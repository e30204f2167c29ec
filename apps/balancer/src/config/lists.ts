import type { Written } from './field.js';

/** A list of texts, or one text with commas between; undefined when it is neither, or empty. */
export function textsOf(value: Written): string[] | undefined {
  const parts =
    typeof value === 'string'
      ? value.split(',')
      : Array.isArray(value)
        ? value.map((item) => item.value)
        : [];
  const texts = parts.map((part) => (typeof part === 'string' ? part.trim() : ''));
  return texts.length > 0 && texts.every((text) => text !== '') ? texts : undefined;
}

/** All items, or undefined when one of them was unusable: a list is taken as a whole. */
export function completeOf<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  const complete = items.filter((item) => item !== undefined);
  return complete.length === items.length ? complete : undefined;
}
