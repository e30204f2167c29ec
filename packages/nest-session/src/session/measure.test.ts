import { describe, expect, test } from 'vitest';
import { SessionTooLargeError } from '../errors.js';
import { checkBytes, documentBytes } from './measure.js';

describe('documentBytes', () => {
  const size = (value: unknown) => documentBytes({ data: { value: value as never }, system: {} });

  test('grows with what is stored', () => {
    expect(size('x'.repeat(1000)) - size('')).toBe(1000);
    expect(size('€'.repeat(1000)) - size('')).toBe(3000);
    expect(size(new Uint8Array(1000)) - size(new Uint8Array(0))).toBe(1000);
    expect(size(['x'.repeat(50)])).toBeGreaterThan(50);
    expect(size(new Map([['k', 'x'.repeat(50)]]))).toBeGreaterThan(50);
    expect(size(new Set(['x'.repeat(50)]))).toBeGreaterThan(50);
    expect(size(2n ** 400n)).toBeGreaterThan(50);
  });

  test('stays near the size of the JSON of ordinary data', () => {
    const cart = Array.from({ length: 40 }, (_, i) => ({
      sku: `SKU-${i}`,
      quantity: i,
      price: 9.5,
    }));
    const json = JSON.stringify(cart).length;
    expect(size(cart)).toBeGreaterThan(json * 0.7);
    expect(size(cart)).toBeLessThan(json * 1.3);
  });

  test('counts system properties too', () => {
    expect(documentBytes({ data: {}, system: { csrf: 'x'.repeat(100) } })).toBeGreaterThan(100);
  });
});

describe('checkBytes', () => {
  test('refuses what is beyond the limit and takes what just fits, to the byte', () => {
    for (const text of ['x'.repeat(1000), '€'.repeat(1000)]) {
      const document = { data: { text, list: [text] }, system: { csrf: text } };
      const maxBytes = documentBytes(document);
      expect(() => checkBytes(document, { maxBytes })).not.toThrow();
      expect(() => checkBytes(document, { maxBytes: maxBytes - 1 })).toThrow(SessionTooLargeError);
    }
  });
});
