import { WIZARD_LIMITS } from './limits.js';

/**
 * About how many bytes a value takes when encoded; infinite when it is nested too deeply or holds
 * what a form cannot. An estimate from above for text, so a limit by it is a safe one.
 */
export function encodedBytes(value: unknown, depth = 0): number {
  if (depth > WIZARD_LIMITS.maxDepth) return Number.POSITIVE_INFINITY;
  if (value === null || value === undefined || typeof value === 'boolean') return 1;
  if (typeof value === 'number' || value instanceof Date) return 9;
  if (typeof value === 'string') return Buffer.byteLength(value) + 5;
  if (typeof value === 'bigint') return 5 + Math.ceil(value.toString(16).length / 2);
  if (typeof value !== 'object') return Number.POSITIVE_INFINITY;
  if (value instanceof Uint8Array) return 5 + value.byteLength;
  const parts = partsOf(value);
  let bytes = 5;
  for (const part of parts) bytes += encodedBytes(part, depth + 1);
  return bytes;
}

/** Maps and sets have no entries that `Object` sees: a limit would let any size of them pass. */
function partsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Set) return [...value];
  return (value instanceof Map ? [...value] : Object.entries(value)).flat();
}
