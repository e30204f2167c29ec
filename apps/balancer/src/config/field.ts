/** A value of the configuration as it was written, and where. */
export interface Located {
  /** `undefined` for a key without a value. */
  readonly value: Written;
  /** `file:line`, or the name of an environment variable. */
  readonly where: string;
}

export type Written = string | number | boolean | undefined | WrittenList | WrittenMap;
export type WrittenList = readonly Located[];
export type WrittenMap = ReadonlyMap<string, Located>;

export interface Fault {
  readonly where: string;
  /** The key from the top, or the name of the environment variable. */
  readonly path: string;
  /** As it may be shown; undefined: nothing of it may be, or there is none. */
  readonly shown: string | undefined;
  readonly expected: string;
}

/** Takes down what cannot be used. Reading goes on, so that all faults are told at once. */
export type Report = (fault: Fault) => void;

/** One key of the configuration: what it may be, and what it is when nobody says. */
export interface Field<T> {
  readonly kind: 'field';
  readonly fallback: T;
  /** Undefined when it was reported as unusable. */
  read(from: Located, path: string, report: Report): T | undefined;
  /** A further environment variable that sets it. */
  readonly alias?: string | undefined;
  /** A change of it takes effect with the next start only. */
  readonly restart?: boolean | undefined;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

/** Keys under one common key: a section of the file. */
export interface Section<F extends Fields = Fields> {
  readonly kind: 'section';
  readonly fields: F;
}

export type Schema = Readonly<Record<string, Field<unknown> | Section>>;

export type FieldValues<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export type SchemaValues<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Section<infer F>
    ? FieldValues<F>
    : S[K] extends Field<infer T>
      ? T
      : never;
};

export function section<F extends Fields>(fields: F): Section<F> {
  return { kind: 'section', fields };
}

/** How a field of a section, or one outside of any, is called in the environment. */
export function environmentName(...path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`));
  return `BALANCER_${words.join('_').toUpperCase()}`;
}

const SHOWN_CHARACTERS = 80;

/** A value for a message: short, on one line, and without what lies inside of it. */
export function shownValue(value: Written): string {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

export function faultOf(from: Located, path: string, expected: string): Fault {
  return { where: from.where, path, shown: shownValue(from.value), expected };
}

/** A sentence that names place, key, value and expectation. */
export function describeFault({ where, path, shown, expected }: Fault): string {
  const place = where === path || where === '' ? '' : `${where}: `;
  return `${place}${path} is ${shown ?? '…'}, expected ${expected}`;
}
