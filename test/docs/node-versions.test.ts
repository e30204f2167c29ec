import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const VERSIONS = ['20.19.0', '22.12.0', '24.0.0'];

interface Locked {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const PACKAGES: Readonly<Record<string, Locked>> = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
).packages;
const PAGE = readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8');
const OURS = Object.keys(PACKAGES).filter((path) => /^(packages|apps)\/[\w-]+$/.test(path));

/** As Node resolves it: the nearest folder upwards that has it. Undefined: not installed. */
function resolve(name: string, from: string): string | undefined {
  const folder = from.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '');
  for (const base of new Set([from, folder, ''])) {
    const path = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (PACKAGES[path]) return PACKAGES[path].link ? PACKAGES[path].resolved : path;
  }
  return folder === from || folder === '' ? undefined : resolve(name, folder);
}

/** What runs when our packages do, by what each needs; what is ours and what tests need is not. */
function runtimeParts(): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  const visit = (path: string, via: string): void => {
    const { dependencies, peerDependencies } = PACKAGES[path] as Locked;
    const isOurs = OURS.includes(path);
    for (const name of Object.keys({ ...dependencies, ...(isOurs ? peerDependencies : {}) })) {
      const found = resolve(name, path);
      if (found === undefined || OURS.includes(found) || parts.has(found)) continue;
      parts.set(found, isOurs ? name : via);
      visit(found, isOurs ? name : via);
    }
  };
  for (const path of OURS) visit(path, path);
  return parts;
}

const numbersOf = (version: string): [number, number, number] => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number(part) || 0);
  return [major, minor, patch];
};

function compare(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Ranges as `engines` has them: `>=`, `>`, `<`, `<=`, `^` and plain versions, joined by space and `||`. */
function allows(range: string, version: string): boolean {
  return range.split('||').some((alternative) =>
    alternative
      .replace(/([<>=^~])\s+/g, '$1')
      .trim()
      .split(/\s+/)
      .every((comparator) => {
        const match = /^(>=|<=|>|<|\^|)v?(\d[\d.x]*)$/.exec(comparator);
        if (!match) throw new Error(`cannot read the range ${range}`);
        const [, operator, bound = ''] = match;
        const order = compare(version, bound);
        if (operator === '>=') return order >= 0;
        if (operator === '<=') return order <= 0;
        if (operator === '>') return order > 0;
        if (operator === '<') return order < 0;
        return numbersOf(version)[0] === numbersOf(bound)[0] && order >= 0;
      }),
  );
}

const refusing = [...runtimeParts()].filter(([path]) => {
  const range = PACKAGES[path]?.engines?.node;
  return range !== undefined && !VERSIONS.every((version) => allows(range, version));
});

describe('docs/dependencies.md', () => {
  it.each([
    ['>= 18.x', '20.19.0', true],
    ['>=22', '20.19.0', false],
    ['^20.19.0 || ^22.12.0 || >=24.0.0', '22.12.0', true],
    ['^20.19.0 || >=24.0.0', '22.12.0', false],
    ['^16 || ^18 || >=20', '24.0.0', true],
    ['>=6 <7 || >=8', '20.19.0', true],
    ['>=6 <7', '20.19.0', false],
  ])('tells that %s and %s is %s', (range, version, expected) => {
    expect(allows(range, version)).toBe(expected);
  });

  it('finds what our packages bring along', () => {
    expect(runtimeParts().size).toBeGreaterThan(50);
  });

  it('names every package we ask for that refuses a Node we run on: none', () => {
    expect(refusing.filter(([path, via]) => path.endsWith(`node_modules/${via}`))).toEqual([]);
  });

  it('names what those bring along that asks for a newer Node', () => {
    const [, sentence = ''] = PAGE.split('\n\n');
    const told = [...sentence.matchAll(/`([\w@/-]+)` by `([\w@/-]+)`/g)].map(([, name]) => name);
    expect(told.toSorted()).toEqual(
      refusing.map(([path]) => path.replace(/^.*node_modules\//, '')).toSorted(),
    );
  });
});
