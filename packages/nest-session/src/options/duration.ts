import { SessionOptionError } from '../errors.js';

/** A time span: milliseconds, or a number and a unit, such as `90s`, `30m`, `12h` or `7d`. */
export type Duration = number | string;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

const DURATION = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h|d)$/;

/** Reads a time span in ms; undefined when it is none. */
export function parseDurationMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = DURATION.exec(value);
  return match ? Number(match[1]) * (UNITS_MS[match[2] as string] as number) : undefined;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Reads an option that is a time span, in whole ms. Throws when it is none or out of range. */
export function durationOption(
  option: string,
  value: Duration | undefined,
  defaultMs: number,
  { min, max }: Range,
): number {
  if (value === undefined) return defaultMs;
  const ms = parseDurationMs(value);
  if (ms === undefined || ms < min || ms > max) {
    throw new SessionOptionError(
      option,
      value,
      `a time from ${formatDuration(min)} to ${formatDuration(max)}, such as '30m'`,
    );
  }
  return Math.round(ms);
}

/** The span in the largest unit that divides it: 5400000 is `90m`. */
export function formatDuration(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => {
    const size = UNITS_MS[name] as number;
    return ms >= size && ms % size === 0;
  });
  return unit ? `${ms / (UNITS_MS[unit] as number)}${unit}` : `${ms}ms`;
}
