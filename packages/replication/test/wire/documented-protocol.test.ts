import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SAMPLES } from './sample-messages.js';

const page = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8');

describe('docs/protocol.md', () => {
  it('lists every message, and no others', () => {
    const section = page.split('\n## ').find((text) => text.startsWith('Messages')) ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    const listed = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map((match) => match[1]),
    );
    expect(listed.toSorted()).toEqual(Object.keys(SAMPLES).toSorted());
  });
});
