import { expect, it } from 'vitest';
import { advanceContent } from './content.js';
import type { RecordContent } from './record.js';

const content: RecordContent = {
  kind: 'session',
  document: { data: { n: 1 }, system: {} },
  idleTimeoutMs: 1000,
  journal: [{ key: 'order', fingerprint: 'f', outcome: new Uint8Array([1]) }],
  applied: [{ origin: 'n1~boot', counter: 3, watermark: 2 }],
  rates: new Map([['clicks', 9000]]),
  standing: {
    principal: 'p'.padEnd(43, 'A'),
    handle: 'h'.padEnd(43, 'A'),
    list: 'l',
    generation: 4,
  },
};

// The failure prevented: one small change, and a revocation no longer finds the session.
it('a change leaves alone what it does not speak of', () => {
  const after = advanceContent(content, { operations: [] }, 0);
  const { changedAt: _changed, past: _past, ...rest } = after;
  expect(rest).toEqual(content);
});
