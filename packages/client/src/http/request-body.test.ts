import { describe, expect, test } from 'vitest';
import { encodeBody } from './request-body.js';

const text = (content: unknown) => new TextDecoder().decode(content as ArrayBuffer);

describe('a body is encoded', () => {
  test.each<[string, unknown, string]>([
    ['an object', { sku: 'a', quantity: 2 }, '{"sku":"a","quantity":2}'],
    ['an array', [1, 'two'], '[1,"two"]'],
    ['a number', 5, '5'],
    ['false', false, 'false'],
    ['null', null, 'null'],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an instance with toJSON', { toJSON: () => 'x' }, '"x"'],
  ])('%s as JSON', async (_what, body, expected) => {
    const [content, type] = await encodeBody(body);
    expect(text(content)).toBe(expected);
    expect(type).toMatch(/^application\/json/);
  });

  test.each<[string, BodyInit, string, RegExp | null]>([
    ['a string', 'plain', 'plain', /^text\/plain/],
    [
      'parameters',
      new URLSearchParams({ a: '1 2' }),
      'a=1+2',
      /^application\/x-www-form-urlencoded/,
    ],
    ['a blob', new Blob(['x'], { type: 'image/png' }), 'x', /^image\/png$/],
    ['bytes', new TextEncoder().encode('raw'), 'raw', null],
    ['a buffer', new TextEncoder().encode('raw').buffer, 'raw', null],
  ])('%s as fetch would send it', async (_what, body, expected, expectedType) => {
    const [content, type] = await encodeBody(body);
    expect(text(content)).toBe(expected);
    if (expectedType) expect(type).toMatch(expectedType);
    else expect(type).toBeNull();
  });

  test('a form with one boundary for all repetitions', async () => {
    const form = new FormData();
    form.set('name', 'Ada');
    const [content, type] = await encodeBody(form);
    const boundary = /boundary=(.+)$/.exec(`${type}`)?.[1];
    expect(boundary).toBeTruthy();
    expect(text(content)).toContain(`--${boundary}`);
  });

  test('nothing as nothing, and a stream as itself', async () => {
    expect(await encodeBody(undefined)).toEqual([undefined]);
    const stream = new ReadableStream();
    expect((await encodeBody(stream))[0]).toBe(stream);
  });
});

test('a value without JSON form is refused', async () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  await expect(encodeBody(cycle)).rejects.toBeInstanceOf(TypeError);
  await expect(encodeBody({ big: 1n })).rejects.toBeInstanceOf(TypeError);
});
