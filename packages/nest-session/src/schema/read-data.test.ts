import type { SessionObject } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { normalizeSchema, type SessionSchemaOptions } from '../options/schema.js';
import { readData } from './read-data.js';

const read = (options: SessionSchemaOptions, data: SessionObject, version?: number) => {
  const { schema } = normalizeSchema(options);
  if (!schema) throw new Error('no schema');
  return readData(schema, {
    data,
    system: version === undefined ? {} : { schemaVersion: version },
  });
};

/** Two names became one. */
const migrate = {
  2: (data: Record<string, unknown>) => ({ name: `${data.first} ${data.last}` }),
  3: (data: Record<string, unknown>) => ({ ...data, tags: [] }),
};

const hasName = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof (value as { name?: unknown }).name === 'string'
        ? { value }
        : { issues: [{ message: 'secret 4711 is no name', path: ['name', { key: 'first' }] }] },
  },
};

describe('readData', () => {
  test('runs every migration after the version a session has', async () => {
    const old = { first: 'Ada', last: 'Lovelace' };
    expect(await read({ version: 3, migrate }, old)).toEqual({
      kind: 'migrated',
      from: 1,
      data: { name: 'Ada Lovelace', tags: [] },
    });
    expect(await read({ version: 3, migrate }, { name: 'Ada' }, 2)).toMatchObject({
      from: 2,
      data: { name: 'Ada', tags: [] },
    });
    expect(old).toEqual({ first: 'Ada', last: 'Lovelace' });
  });

  test('leaves alone what has its version, or a newer one', async () => {
    expect(await read({ version: 3, migrate, schema: hasName }, { name: 'Ada' }, 3)).toEqual({
      kind: 'fits',
    });
    expect(await read({ version: 2, schema: hasName }, { other: 1 }, 3)).toEqual({ kind: 'fits' });
  });

  test('only counts up where there is nothing to migrate', async () => {
    expect(await read({ version: 2, schema: hasName }, { name: 'Ada' })).toMatchObject({
      kind: 'migrated',
      data: { name: 'Ada' },
    });
  });

  test.each<[string, SessionSchemaOptions, SessionObject, number | undefined, RegExp]>([
    ['its schema refuses', { version: 1, schema: hasName }, { name: 1 }, undefined, /name\.first/],
    [
      'is older than the first migration',
      { version: 3, migrate: { 3: migrate[3] } },
      {},
      undefined,
      /RangeError/,
    ],
    [
      'its migration throws at',
      {
        version: 2,
        migrate: {
          2: () => {
            throw new TypeError('secret 4711');
          },
        },
      },
      {},
      undefined,
      /TypeError/,
    ],
    ['becomes no object', { version: 2, migrate: { 2: () => [] as never } }, {}, undefined, /Type/],
    [
      'becomes something no session can hold',
      { version: 2, migrate: { 2: () => ({ run: () => 1 }) } },
      {},
      undefined,
      /SessionValueRefused/,
    ],
  ])('cannot read what %s, and does not say what it was', async (...row) => {
    const [, options, data, version, reason] = row;
    const reading = await read(options, data, version);
    expect(reading).toMatchObject({ kind: 'unreadable', reason: expect.stringMatching(reason) });
    expect(JSON.stringify(reading)).not.toContain('4711');
  });
});

test('of what its schema cannot say anything nothing is decided', async () => {
  const error = new Error('no connection');
  const standard = { version: 1 as const, vendor: 'test' };
  for (const validate of [() => Promise.reject(error), thrower(error)]) {
    const schema = { '~standard': { ...standard, validate } };
    expect(await read({ version: 2, schema }, { name: 'Ada' })).toEqual({
      kind: 'undecided',
      error,
    });
  }
});

function thrower(error: Error): () => never {
  return () => {
    throw error;
  };
}

describe('the option schema', () => {
  test.each<[string, unknown, RegExp]>([
    ['no version', {}, /schema\.version is undefined/],
    ['half a version', { version: 1.5 }, /schema\.version is 1\.5/],
    ['no schema', { version: 1, schema: {} }, /schema\.schema is .*Standard Schema/],
    ['a migration to nowhere', { version: 2, migrate: { 3: () => ({}) } }, /from 2 to 2/],
    ['no function', { version: 2, migrate: { 2: {} } }, /schema\.migrate\.2 is/],
    ['a gap', { version: 4, migrate: { 2: () => ({}), 4: () => ({}) } }, /migrate is 3.*no gap/],
    ['no last step', { version: 3, migrate: { 2: () => ({}) } }, /migrate is 3.*no gap/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => normalizeSchema(options as SessionSchemaOptions)).toThrow(message);
  });
});
