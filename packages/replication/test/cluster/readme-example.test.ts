import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { SessionCluster } from '../../src/index.js';
import { example } from './readme-example.js';
import { newKey, startCluster, type TestCluster } from './start-cluster.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

let cluster: TestCluster;
afterEach(() => cluster?.close());

/** Blanks before a remark are laid out for readers. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
}

describe('the example of principals and locks in README', () => {
  it('is the one that is run here', () => {
    const [, shown = ''] =
      /\/\/ README begins\n([\s\S]*?)\/\/ README ends/.exec(read('./readme-example.ts')) ?? [];
    const readme = linesOf(read('../../README.md')).join('\n');
    expect(shown).not.toBe('');
    expect(readme).toContain(linesOf(shown).join('\n'));
  });

  it('does what it says', async () => {
    cluster = await startCluster(3);
    const [node] = cluster.nodes as [SessionCluster];
    expect(await example(node, newKey())).toEqual(['1 session', 'committed', 'ended: revoked']);
  });
});
