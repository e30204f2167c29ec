import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { mintPlacedId, mintSessionId, sessionKeyOf } from './session-id.js';

describe('session ids', () => {
  test('have 256 bits and never repeat (ASVS 7.2.3)', () => {
    const ids = new Set(Array.from({ length: 20_000 }, () => mintSessionId(randomBytes)));
    expect(ids.size).toBe(20_000);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('become the SHA-256 of their text', () => {
    expect(sessionKeyOf('abc')).toBe(createHash('sha256').update('abc').digest('base64url'));
  });
});

describe('mintPlacedId', () => {
  const counting = (owned: (attempt: number) => boolean, tries: number) => {
    let asked = 0;
    const minted = mintPlacedId(randomBytes, {
      wouldOwn: () => owned(++asked),
      mintTries: () => tries,
    });
    return { minted, asked };
  };

  test('stops at the first id this node would own', () => {
    expect(counting((attempt) => attempt === 3, 12).asked).toBe(3);
  });

  test('takes any id when the tries are used up', () => {
    const { minted, asked } = counting(() => false, 4);
    expect(asked).toBe(3);
    expect(minted.key).toBe(sessionKeyOf(minted.id));
  });

  test('asks nothing with one try', () => {
    expect(counting(() => false, 1).asked).toBe(0);
  });
});
