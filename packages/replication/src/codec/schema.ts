import { FrameError } from '../errors.js';
import type { MsgpackWriter } from './msgpack-writer.js';

/**
 * How one kind of value is laid out in a frame: `pack` makes plain arrays for msgpack, `read` checks
 * every part of what came back. Positional, so that a field costs no name; a reader ignores what a
 * newer writer appended.
 */
export interface Schema<T> {
  pack(value: T): unknown;
  /** Writes the bytes of what `pack` makes without making it. Default: makes it. */
  write?(value: T, out: MsgpackWriter): void;
  /** Throws {@link FrameError} that says `where`; with an empty `where`, without saying it. */
  read(raw: unknown, where: string): T;
  /** What `read` gives, as further fields of an object that is being made. */
  readInto?(result: Record<string, unknown>, raw: unknown, where: string): void;
  /** Not written at the end of a structure that has none. */
  readonly appended?: true;
}

type Infer<S> = S extends Schema<infer T> ? T : never;

function refuse(where: string, expected: string): never {
  throw new FrameError(`${where} is not ${expected}`);
}

export function writeTo<T>(schema: Schema<T>, value: T, out: MsgpackWriter): void {
  if (schema.write) schema.write(value, out);
  else out.value(schema.pack(value));
}

/**
 * Reads what came from elsewhere. Only when something is wrong is it read again to say where: the
 * names of all places of a frame would take longer to put together than the frame takes to read.
 */
export function readAs<T>(schema: Schema<T>, raw: unknown, where: string): T {
  try {
    return schema.read(raw, '');
  } catch {
    return schema.read(raw, where);
  }
}

function simple<T>(expected: string, accepts: (raw: unknown) => raw is T): Schema<T> {
  return {
    pack: (value) => value,
    write: (value, out) => out.value(value),
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
  pack: ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength),
  write: (value, out) => out.binary(value),
  read: (raw, where) => (raw instanceof Uint8Array ? new Uint8Array(raw) : refuse(where, 'bytes')),
};

const KEY_BYTES = 32;

/** A session key: 43 characters of base64url in memory, 32 bytes on the wire. */
export const key: Schema<string> = {
  pack: (value) => Buffer.from(value, 'base64url'),
  write: (value, out) => out.binaryOf(value, KEY_BYTES),
  read: (raw, where) =>
    raw instanceof Uint8Array && raw.length === KEY_BYTES
      ? Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('base64url')
      : refuse(where, 'a session key'),
};

export function oneOf<const T extends string>(...names: readonly T[]): Schema<T> {
  return {
    pack: (value) => names.indexOf(value),
    write: (value, out) => out.number(names.indexOf(value)),
    // A name of every array, `length` for one, must not pass for a choice.
    read: (raw, where) =>
      (typeof raw === 'number' ? names[raw] : undefined) ??
      refuse(where, `one of ${names.join(', ')}`),
  };
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    pack: (value) => (value === undefined ? null : schema.pack(value)),
    write: (value, out) => {
      if (value === undefined) out.nothing();
      else writeTo(schema, value, out);
    },
    read: (raw, where) => (raw === null || raw === undefined ? undefined : schema.read(raw, where)),
  };
}

/**
 * An optional field that was added to a structure later: when it and all that follow are absent,
 * nothing is written, so the bytes are those of before.
 */
export function appended<T>(schema: Schema<T>): Schema<T | undefined> {
  return { ...optional(schema), appended: true };
}

export function list<T>(schema: Schema<T>, maxLength: number): Schema<readonly T[]> {
  return {
    pack: (value) => value.map((item) => schema.pack(item)),
    write: (value, out) => {
      out.list(value.length);
      for (const item of value) writeTo(schema, item, out);
    },
    read: (raw, where) => {
      if (!Array.isArray(raw) || raw.length > maxLength) {
        return refuse(where, `a list of at most ${maxLength}`);
      }
      return raw.map((item, index) => schema.read(item, where && `${where}[${index}]`));
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
  const names = Object.keys(fields);
  const schemas = Object.values(fields as unknown as Fields);
  const always = schemas.filter((schema) => !schema.appended).length;
  const readInto = (result: Record<string, unknown>, raw: unknown, where: string): void => {
    if (!Array.isArray(raw)) refuse(where, 'a structure');
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      const field = (schemas[index] as Schema<never>).read(raw[index], where && `${where}.${name}`);
      if (field !== undefined) result[name] = field;
    }
  };
  return {
    pack: (value) => {
      const packed = entries.map(([name, schema]) =>
        schema.pack((value as Record<string, never>)[name] as never),
      );
      while (packed.length > always && packed.at(-1) === null) packed.pop();
      return packed;
    },
    write: (value, out) => {
      const record = value as Record<string, never>;
      let length = names.length;
      while (length > always && record[names[length - 1] as string] === undefined) length--;
      out.list(length);
      for (let index = 0; index < length; index++) {
        const field = record[names[index] as string] as never;
        writeTo(schemas[index] as Schema<never>, field, out);
      }
    },
    read: (raw, where) => {
      const result = {};
      readInto(result, raw, where);
      return result as Struct<F>;
    },
    readInto,
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
    write: (value, out) => {
      const name = (value as Record<string, string>)[tag] as string;
      const code = codes.get(name);
      if (code === undefined) throw new FrameError(`unknown ${tag} ${name}`);
      out.list(2);
      out.number(code);
      writeTo((entries[code] as [string, Schema<never>])[1], value as never, out);
    },
    read: (raw, where) => {
      const code = Array.isArray(raw) ? raw[0] : undefined;
      const entry = typeof code === 'number' ? entries[code] : undefined;
      if (!entry) return refuse(where, `a known ${tag}`);
      const [name, schema] = entry;
      const fields = (raw as unknown[])[1];
      const place = where && `${where}.${name}`;
      const result: Record<string, unknown> = { [tag]: name };
      if (schema.readInto) schema.readInto(result, fields, place);
      else Object.assign(result, schema.read(fields, place));
      return result as Union<V, Tag>;
    },
  };
}
