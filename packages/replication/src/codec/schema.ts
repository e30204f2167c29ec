import { FrameError } from '../errors.js';

/**
 * How one kind of value is laid out in a frame: `pack` makes plain arrays for msgpack, `read` checks
 * every part of what came back. Positional, so that a field costs no name; a reader ignores what a
 * newer writer appended.
 */
export interface Schema<T> {
  pack(value: T): unknown;
  read(raw: unknown, where: string): T;
}

type Infer<S> = S extends Schema<infer T> ? T : never;

function refuse(where: string, expected: string): never {
  throw new FrameError(`${where} is not ${expected}`);
}

function simple<T>(expected: string, accepts: (raw: unknown) => raw is T): Schema<T> {
  return {
    pack: (value) => value,
    read: (raw, where) => (accepts(raw) ? raw : refuse(where, expected)),
  };
}

export const text = (maxLength: number): Schema<string> =>
  simple(`text of at most ${maxLength} characters`, (raw): raw is string => {
    return typeof raw === 'string' && raw.length <= maxLength;
  });

export const number: Schema<number> = simple('a finite number', (raw): raw is number => {
  return typeof raw === 'number' && Number.isFinite(raw);
});

export const integer: Schema<number> = simple('a whole number', (raw): raw is number => {
  return Number.isSafeInteger(raw) && (raw as number) >= 0;
});

export const flag: Schema<boolean> = simple('true or false', (raw): raw is boolean => {
  return typeof raw === 'boolean';
});

/** Bytes are copied out of the frame, so that a small value does not keep a large buffer alive. */
export const bytes: Schema<Uint8Array> = {
  pack: (value) => value,
  read: (raw, where) => (raw instanceof Uint8Array ? new Uint8Array(raw) : refuse(where, 'bytes')),
};

/** A session key: 43 characters of base64url in memory, 32 bytes on the wire. */
export const key: Schema<string> = {
  pack: (value) => Buffer.from(value, 'base64url'),
  read: (raw, where) =>
    raw instanceof Uint8Array && raw.length === 32
      ? Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64url')
      : refuse(where, 'a session key'),
};

export function oneOf<const T extends string>(...names: readonly T[]): Schema<T> {
  return {
    pack: (value) => names.indexOf(value),
    // A name of every array, `length` for one, must not pass for a choice.
    read: (raw, where) =>
      (typeof raw === 'number' ? names[raw] : undefined) ??
      refuse(where, `one of ${names.join(', ')}`),
  };
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    pack: (value) => (value === undefined ? null : schema.pack(value)),
    read: (raw, where) => (raw === null || raw === undefined ? undefined : schema.read(raw, where)),
  };
}

export function list<T>(schema: Schema<T>, maxLength: number): Schema<readonly T[]> {
  return {
    pack: (value) => value.map((item) => schema.pack(item)),
    read: (raw, where) => {
      if (!Array.isArray(raw) || raw.length > maxLength) {
        return refuse(where, `a list of at most ${maxLength}`);
      }
      return raw.map((item, index) => schema.read(item, `${where}[${index}]`));
    },
  };
}

type Fields = Record<string, Schema<never>>;
type Struct<F> = { readonly [K in keyof F]: Infer<F[K]> };

/** An object as an array of its fields, in the order given here: never reorder, only append. */
export function struct<F extends Record<string, Schema<never> | Schema<unknown>>>(
  fields: F,
): Schema<Struct<F>> {
  const entries = Object.entries(fields as unknown as Fields);
  return {
    pack: (value) =>
      entries.map(([name, schema]) => schema.pack((value as Record<string, never>)[name] as never)),
    read: (raw, where) => {
      if (!Array.isArray(raw)) return refuse(where, 'a structure');
      const result: Record<string, unknown> = {};
      entries.forEach(([name, schema], index) => {
        const field = schema.read(raw[index], `${where}.${name}`);
        if (field !== undefined) result[name] = field;
      });
      return result as Struct<F>;
    },
  };
}

type Variants = Record<string, Schema<never>>;
type Union<V, Tag extends string> = {
  [K in keyof V]: { readonly [T in Tag]: K } & Infer<V[K]>;
}[keyof V];

/** A tagged union: the position of the variant, then its fields. Never reorder, only append. */
export function union<
  Tag extends string,
  V extends Record<string, Schema<never> | Schema<unknown>>,
>(tag: Tag, variants: V): Schema<Union<V, Tag>> {
  const entries = Object.entries(variants as unknown as Variants);
  const codes = new Map(entries.map(([name], index) => [name, index]));
  return {
    pack: (value) => {
      const name = (value as Record<string, string>)[tag] as string;
      const code = codes.get(name);
      if (code === undefined) throw new FrameError(`unknown ${tag} ${name}`);
      return [code, (entries[code] as [string, Schema<never>])[1].pack(value as never)];
    },
    read: (raw, where) => {
      const code = Array.isArray(raw) ? raw[0] : undefined;
      const entry = typeof code === 'number' ? entries[code] : undefined;
      if (!entry) return refuse(where, `a known ${tag}`);
      const [name, schema] = entry;
      const fields = schema.read((raw as unknown[])[1], `${where}.${name}`) as object;
      return { [tag]: name, ...fields } as Union<V, Tag>;
    },
  };
}
