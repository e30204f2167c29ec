import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const PUBLISHED = ['client', 'nest-session', 'replication'];

interface Manifest {
  readonly main?: string;
  readonly types?: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly typesVersions?: { readonly '*': Readonly<Record<string, readonly string[]>> };
}

describe.each(PUBLISHED)('what is published of %s', (name) => {
  const folder = join(ROOT, 'packages', name);
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const manifest = JSON.parse(read('package.json')) as Manifest;
  const files = new Set<string>();
  const ending = (end: string) => [...files].filter((path) => path.endsWith(end));
  const beside = (path: string, other: string) => posix.join(posix.dirname(path), other);

  beforeAll(async () => {
    const npm = join(dirname(process.execPath), 'npm');
    const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const program = existsSync(npm) ? npm : 'npm';
    const { stdout } = await promisify(execFile)(program, pack, {
      cwd: folder,
      shell: process.platform === 'win32',
      maxBuffer: 16 * 1024 * 1024,
    });
    const [packed] = Object.values(JSON.parse(stdout)) as [{ files: { path: string }[] }];
    for (const { path } of packed.files) files.add(path);
    expect(files.size).toBeGreaterThan(50);
  });

  test('has its page and its licence, and no tests', () => {
    expect([...files]).toEqual(expect.arrayContaining(['README.md', 'LICENSE']));
    expect([...files].filter((path) => /\.test\.|^test\/|simulation\//.test(path))).toEqual([]);
  });

  test('has every file that its manifest names', () => {
    const { main, types, bin = {}, exports } = manifest;
    const named = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    const paths = [main, types, ...Object.values(bin), ...named].map((path) =>
      posix.normalize(path ?? 'missing'),
    );
    expect(paths.filter((path) => !files.has(path))).toEqual([]);
  });

  test('is found by TypeScript that looks at no exports, as in `module: commonjs`', () => {
    const subpaths = Object.entries(manifest.exports).flatMap(([path, entry]) =>
      typeof entry === 'string' || path === '.' ? [] : [[path.slice(2), [entry.types]]],
    );
    expect(manifest.typesVersions?.['*'] ?? {}).toEqual(Object.fromEntries(subpaths));
  });

  test('can be required by CommonJS, for which nothing may await at its top level', async () => {
    const entries = Object.keys(manifest.exports).map((path) =>
      JSON.stringify(posix.join('@understudy', name, path)),
    );
    expect(entries.length).toBeGreaterThan(1);
    const script = `for (const entry of [${entries}]) require(entry)`;
    await promisify(execFile)(process.execPath, ['--eval', script], { cwd: folder });
  });

  test('has all files that its files import', () => {
    const missing = [...ending('.js'), ...ending('.d.ts')].flatMap((path) => {
      const imports = read(path).matchAll(/(?:from |import\(|^import )'(\.[^']+\.js)'/gm);
      const wanted = [...imports].map(([, to = '']) => beside(path, to));
      return wanted.filter((to) => !files.has(to)).map((to) => `${path}: ${to}`);
    });
    expect(missing).toEqual([]);
  });

  test('has no types of packages that it brings: strict compilers would check those, too', () => {
    const seen = new Set<string>();
    const bare = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, to = ''] of read(path).matchAll(/(?:from |import\()'([^']+)'/g)) {
        if (to.startsWith('.')) visit(beside(path, to.replace(/\.js$/, '.d.ts')));
        else bare.add(to);
      }
    };
    for (const entry of Object.values(manifest.exports)) {
      if (typeof entry !== 'string') visit(posix.normalize(entry.types ?? 'missing'));
    }
    const brought = Object.keys(manifest.dependencies ?? {});
    const foreign = brought.filter((dependency) => !dependency.startsWith('@understudy/'));
    expect([...bare].filter((to) => foreign.includes(to))).toEqual([]);
  });

  test('has the sources that its source maps lead to', () => {
    const maps = ending('.map');
    expect(maps.length).toBeGreaterThan(50);
    const missing = maps.flatMap((path) => {
      const { sources } = JSON.parse(read(path)) as { sources: readonly string[] };
      return sources.map((to) => beside(path, to)).filter((to) => !files.has(to));
    });
    expect(missing).toEqual([]);
  });

  test('has the pages that its pages lead to', () => {
    const missing = ending('.md').flatMap((path) => {
      const links = read(path).matchAll(/\]\(([^)#:]+\.md)[^)]*\)/g);
      const wanted = [...links].map(([, to = '']) => beside(path, to));
      // What lies above the package is for readers of the repository.
      return wanted.filter((to) => !to.startsWith('../') && !files.has(to));
    });
    expect(missing).toEqual([]);
  });
});
