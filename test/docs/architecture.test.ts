import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const CORE = join(ROOT, 'packages/replication/src/core');
const TEXT = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');

/** `a/{b,c}.ts` is two paths; a name without an ending is a folder or a TypeScript file. */
function pathsIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, path = '']) => {
    const braces = /^(.*)\{([^}]+)\}(.*)$/.exec(path);
    if (!braces) return [path];
    const [, before, among = '', after] = braces;
    return among.split(',').map((each) => `${before}${each}${after}`);
  });
}

function isThere(path: string): boolean {
  return existsSync(path) || existsSync(`${path}.ts`);
}

function tableAfter(heading: string): string[][] {
  const [, from = ''] = TEXT.split(`\n## ${heading}\n`);
  const [section = ''] = from.split(/\n##+ /);
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => line.split('|').map((cell) => cell.trim()));
}

describe('ARCHITECTURE.md', () => {
  const belongings = tableAfter('Where a change belongs').map(
    ([, what = '', where = '']) => [what, where] as const,
  );
  it.each(belongings)('sends who wants to change %s to a place that exists', (_, where) => {
    const [first = '', ...others] = pathsIn(where);
    const home = ['packages', 'apps'].find((folder) => isThere(join(ROOT, folder, first))) ?? '';
    expect(isThere(join(ROOT, home, first)), first).toBe(true);
    // Further ones of a cell may leave out the folders that they share with the first.
    const folders = first.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'));
    for (const other of others) {
      const places = folders.map((folder) => join(ROOT, home, folder, other));
      expect(places.some(isThere), other).toBe(true);
    }
  });

  it('names each room of the core, and in each room files that are there', () => {
    const rooms = new Map<string, string[]>();
    let room = '';
    for (const [, cell = '', parts = ''] of tableAfter('The core')) {
      room = pathsIn(cell)[0] ?? room;
      rooms.set(room, [...(rooms.get(room) ?? []), ...pathsIn(parts)]);
    }
    const folders = readdirSync(CORE, { withFileTypes: true }).filter((each) => each.isDirectory());
    expect([...rooms.keys()].sort()).toEqual(folders.map(({ name }) => `${name}/`).sort());
    const missing = [...rooms].flatMap(([folder, parts]) =>
      parts.filter((part) => !existsSync(join(CORE, folder, `${part}.ts`))),
    );
    expect(missing).toEqual([]);
  });
});
