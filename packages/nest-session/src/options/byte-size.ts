import { SessionOptionError } from '../errors.js';
import type { Range } from './duration.js';

/** A size: bytes, or a number and a unit, such as `256kb`, `1mb` or `2gb` (1 kb = 1024 bytes). */
export type ByteSize = number | string;

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

const SIZE = /^(\d{1,9}) ?(b|kb|mb|gb)$/i;

/** Reads a size in bytes; undefined when it is none. */
export function parseByteSize(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = SIZE.exec(value);
  if (!match) return undefined;
  return Number(match[1]) * (UNITS[(match[2] as string).toLowerCase()] as number);
}

/** Reads an option that is a size. Throws when it is none or out of range. */
export function byteSizeOption(
  option: string,
  value: ByteSize | undefined,
  defaultBytes: number,
  { min, max }: Range,
): number {
  if (value === undefined) return defaultBytes;
  const bytes = parseByteSize(value);
  if (bytes === undefined || bytes < min || bytes > max) {
    throw new SessionOptionError(
      option,
      value,
      `a size from ${min} to ${max} bytes, such as '256kb'`,
    );
  }
  return bytes;
}
