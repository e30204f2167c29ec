import { randomFillSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mintPlacedId } from '../../src/identity/session-id.js';

const IDS = 1_000_000;
const BYTES = 32;
/** Of the normal distribution; six happen once in 500 million. */
const SIGMAS = 6;

/** As on the first of three nodes: two of three ids are not taken. */
const placement = { wouldOwn: (key: string) => key.charCodeAt(0) % 3 === 0, mintTries: () => 3 };

const pool = Buffer.alloc(65_536);
let taken = pool.length;

/** The generator of the application, asked for much at a time. */
function randomBytes(size: number): Buffer {
  if (taken + size > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += size;
  return pool.subarray(taken - size, taken);
}

test('a million ids: none twice, and every bit is random (ASVS 7.2.3, 11.5.1)', () => {
  const beginnings = new BigUint64Array(IDS);
  const counts = new Uint32Array(BYTES * 256);
  /** Of what differs from the id before. */
  const changes = new Uint32Array(BYTES * 256);
  let before: Buffer = Buffer.alloc(BYTES);
  for (let index = 0; index < IDS; index++) {
    const bytes = Buffer.from(mintPlacedId(randomBytes, placement).id, 'base64url');
    if (bytes.length !== BYTES) throw new Error(`an id of ${bytes.length} bytes`);
    beginnings[index] = bytes.readBigUInt64BE();
    for (let at = 0; at < BYTES; at++) {
      const byte = bytes[at] as number;
      (counts[at * 256 + byte] as number) += 1;
      (changes[at * 256 + (byte ^ (before[at] as number))] as number) += 1;
    }
    before = bytes;
  }
  beginnings.sort();
  let twice = 0;
  for (let index = 1; index < IDS; index++) {
    if (beginnings[index] === beginnings[index - 1]) twice += 1;
  }
  // Half of a bit each time, also compared with the id before.
  const spread = SIGMAS * Math.sqrt(IDS / 4);
  const uneven = [...onesOf(counts), ...onesOf(changes)].filter(
    (ones) => Math.abs(ones - IDS / 2) > spread,
  );
  // Chi-square with 255 degrees of freedom, per byte.
  const expected = IDS / 256;
  const bound = 255 + SIGMAS * Math.sqrt(2 * 255);
  const skewed = Array.from({ length: BYTES }, (_, at) =>
    counts
      .subarray(at * 256, (at + 1) * 256)
      .reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0),
  ).filter((chi) => chi > bound);
  expect({ twice, uneven, skewed }).toEqual({ twice: 0, uneven: [], skewed: [] });
}, 120_000);

/** How often each bit was set, from how often each byte was what. */
function onesOf(counts: Uint32Array): number[] {
  return Array.from({ length: BYTES * 8 }, (_, place) => {
    const bytes = counts.subarray((place >> 3) * 256, ((place >> 3) + 1) * 256);
    return bytes.reduce((sum, count, byte) => sum + ((byte >> (place & 7)) & 1) * count, 0);
  });
}

test('all randomness is that of the crypto module (ASVS 7.2.3, 11.5.1)', () => {
  const folder = fileURLToPath(new URL('../../src', import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);
  const weak = /Math\.random|pseudoRandomBytes|randomUUID|uuid|nanoid/;
  expect(sources.filter(([, text]) => weak.test(text)).map(([file]) => file)).toEqual([]);
  const makers = sources.filter(([, text]) => /\brandomBytes\b/.test(text)).map(([, text]) => text);
  expect(
    makers.some((text) => /import \{[^}]*randomBytes[^}]*\} from 'node:crypto'/.test(text)),
  ).toBe(true);
});
