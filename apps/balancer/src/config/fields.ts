import { type Field, faultOf, type Located } from './field.js';

export interface FieldOptions<T> {
  readonly fallback: T;
  readonly alias?: string;
  readonly restart?: boolean;
}

/** A field whose value is judged as a whole; `parse` returns undefined for what it cannot be. */
export function fieldOf<T>(
  options: FieldOptions<T>,
  expected: string,
  parse: (value: Located['value']) => T | undefined,
  isSecret = false,
): Field<T> {
  const { fallback, alias, restart } = options;
  return {
    ...{ kind: 'field', fallback, alias, restart },
    read(from, path, report) {
      const value = parse(from.value);
      if (value === undefined) {
        const fault = faultOf(from, path, expected);
        report(isSecret ? { ...fault, shown: undefined } : fault);
      }
      return value;
    },
  };
}

export function text<T extends string | undefined>(
  options: FieldOptions<T>,
  expected: string,
  pattern = /./s,
): Field<string | T> {
  return fieldOf<string | T>(options, expected, (value) =>
    typeof value === 'string' && pattern.test(value) ? value : undefined,
  );
}

/** What was written is not shown: it may be the key itself, where its path belongs. */
export function filePath(options: { readonly restart?: boolean } = {}): Field<string | undefined> {
  return fieldOf<string | undefined>(
    { fallback: undefined, ...options },
    'the path of a file',
    (value) => (typeof value === 'string' && /^[^\r\n]{1,4096}$/.test(value) ? value : undefined),
    true,
  );
}

export function choice<T extends string>(options: FieldOptions<T>, values: readonly T[]): Field<T> {
  return fieldOf(options, values.join(' or '), (value) => values.find((one) => one === value));
}

/** In the environment `1`, `true`, `0` or `false`. */
export function flag(options: FieldOptions<boolean>): Field<boolean> {
  return fieldOf(options, 'true or false', (value) => {
    if (value === true || value === 'true' || value === '1') return true;
    return value === false || value === 'false' || value === '0' ? false : undefined;
  });
}

export interface NumberRange {
  readonly from: number;
  readonly to: number;
  /** Fractions are allowed. */
  readonly fractional?: boolean;
  /** What is counted, as `milliseconds`. */
  readonly unit?: string;
}

export function number(options: FieldOptions<number>, range: NumberRange): Field<number> {
  return fieldOf(options, describeRange(range), (value) => {
    const parsed = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
    return typeof parsed === 'number' && inRange(parsed, range) ? parsed : undefined;
  });
}

const DECIMAL = /^\d{1,16}(?:\.\d{1,16})?$/;

export function inRange(value: unknown, range: NumberRange): boolean {
  if (typeof value !== 'number' || !(value >= range.from && value <= range.to)) return false;
  return range.fractional === true || Number.isInteger(value);
}

export function describeRange({ from, to, fractional, unit }: NumberRange): string {
  const kind = fractional ? 'a number' : 'a whole number';
  return `${kind}${unit === undefined ? '' : ` of ${unit}`} from ${from} to ${to}`;
}
