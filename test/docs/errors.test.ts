import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = read('docs/errors.md');

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** The part of the page under a heading that begins like this. */
function section(heading: string): string {
  const part = page.split('\n## ').find((text) => text.startsWith(heading));
  if (part === undefined) throw new Error(`docs/errors.md has no section ${heading}`);
  return part;
}

function codes(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))].sort();
}

/** A feature may keep its errors to itself. */
function errorFiles(folder: string): string[] {
  const all = readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true });
  return all.map(String).flatMap((file) => {
    const isErrors = file.split(/[\\/]/).at(-1) === 'errors.ts';
    return isErrors ? [`${folder}/${file}`] : [];
  });
}

describe('docs/errors.md', () => {
  it.each([
    ['@understudy/replication', ['packages/replication/src/errors.ts']],
    ['@understudy/nest-session', errorFiles('packages/nest-session/src')],
    ['@understudy/balancer', ['apps/balancer/src/errors.ts']],
    ['The demo shop', ['apps/demo-shop/src/errors.ts', 'scripts/cluster/errors.mjs']],
  ])('lists the codes of %s, all and no others', (heading, files) => {
    const inCode = codes(files.map(read).join('\n'), /'(ERR_[A-Z_]+)'/g);
    expect(inCode.length).toBeGreaterThan(0);
    expect(codes(section(heading), /`(ERR_[A-Z_]+)`/g)).toEqual(inCode);
  });

  it('lists the codes the client makes itself, all and no others', () => {
    const source = read('packages/client/src/errors.ts');
    const union = /type ClientErrorCode =([\s\S]*?';)/.exec(source)?.[1] ?? '';
    const inCode = codes(union, /\| '([a-z-]+)'/g);
    expect(inCode.length).toBeGreaterThan(0);
    expect(codes(section('@understudy/client'), /^\| `([a-z-]+)` \|/gm)).toEqual(inCode);
  });
});
