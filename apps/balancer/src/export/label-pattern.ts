import type { LabelPlace } from '../routing/affinity.js';

/** Any text as a pattern for itself, in a form that no format quotes. */
export function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/**
 * A pattern for values that have a label in a given place, with or without quotes around them.
 *
 * @param label A label, or a pattern for labels.
 * @param stop What ends a value, as characters of a class; empty when the text is the value.
 */
export function labelPattern(
  label: string,
  { separator, field }: LabelPlace,
  stop: string,
): string {
  const mark = literal(separator);
  const any = stop === '' ? '.' : `[^${stop}]`;
  // Looking ahead is not known to every engine, and needed for longer separators alone.
  const inner = separator.length === 1 ? `[^${mark}${stop}]` : `(?:(?!${mark})${any})`;
  const others = Math.abs(field) - 1;
  const named =
    field > 0
      ? `${repeat(`(?:${inner}*${mark})`, others)}${label}(?:${mark}${any}*)?`
      : `(?:${any}*${mark})?${label}${repeat(`(?:${mark}${inner}*)`, others)}`;
  return `\\x22?${named}\\x22?`;
}

function repeat(pattern: string, times: number): string {
  return times === 0 ? '' : `${pattern}{${times}}`;
}
