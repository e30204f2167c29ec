// @ts-check
// `npm run test:graphql`, `npm run test:nest11`: nest-session as it was built, beside packages that
// cannot live in this repository's own tree: @nestjs/graphql refuses TypeScript 7, and Nest 11
// would stand in the way of Nest 12. Each fixture has a package.json of its own and is installed in
// a folder that is not under version control. Needs the npm registry at its first run.
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { build } from './cluster/build.mjs';
import { explainError } from './cluster/errors.mjs';
import { ROOT } from './cluster/paths.mjs';

const PACKAGE = join(ROOT, 'packages', 'nest-session');
const require = createRequire(import.meta.url);

/** What is not run under the other Nest. All else is, also what is added. */
const LEFT_OUT = [
  // They look at sources, pages or the heap of this repository.
  ...['asvs/asvs-list.test.ts', 'asvs/ids.test.ts', 'contract.test.ts', 'lifetime/policy.test.ts'],
  ...['docs', 'secrets', 'types', 'graphql-fixture', 'nest11'],
  // It shares certificates with tests outside of the package.
  'nats-tls.test.ts',
  // Terminus 11 knows no `degraded`.
  'operations/health.test.ts',
];

/**
 * @typedef {object} Fixture
 * @property {string} folder Where it lies among the tests.
 * @property {(at: string) => Promise<void>} prepare Brings what was built there.
 * @property {string[][]} check Programs of Node to run before the tests, with their arguments.
 */

/** @type {Record<string, Fixture>} */
const FIXTURES = {
  graphql: {
    folder: 'graphql-fixture',
    async prepare(at) {
      const installed = join(at, 'node_modules', '@understudy', 'nest-session');
      await rm(installed, { recursive: true, force: true });
      await mkdir(installed, { recursive: true });
      await cp(join(PACKAGE, 'package.json'), join(installed, 'package.json'));
      await cp(join(PACKAGE, 'dist'), join(installed, 'dist'), { recursive: true });
    },
    check: [[join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.']],
  },
  nest11: {
    folder: 'nest11',
    async prepare(at) {
      for (const name of ['src', 'test']) {
        await rm(join(at, name), { recursive: true, force: true });
      }
      // The suites import the sources; here they get what was built of them.
      await cp(join(PACKAGE, 'dist'), join(at, 'src'), { recursive: true });
      const suites = join(PACKAGE, 'test');
      const isRun = (/** @type {string} */ path) => !LEFT_OUT.includes(relative(suites, path));
      await cp(suites, join(at, 'test'), { recursive: true, filter: isRun });
    },
    check: [],
  },
};

try {
  process.exitCode = await main(process.argv[2], process.argv.slice(3));
} catch (error) {
  console.error(explainError(error));
  process.exitCode = 1;
}

/**
 * @param {string | undefined} name
 * @param {readonly string[]} tests For vitest: these alone.
 * @returns {Promise<number>}
 */
async function main(name, tests) {
  const fixture = FIXTURES[name ?? ''];
  if (!fixture || !name) {
    console.error(`usage: node scripts/fixture.mjs ${Object.keys(FIXTURES).join('|')}`);
    return 2;
  }
  await build();
  const at = join(PACKAGE, '.fixtures', name);
  await cp(join(PACKAGE, 'test', fixture.folder), at, { recursive: true });
  const installed = await install(at);
  if (installed !== 0) return installed;
  await fixture.prepare(at);
  for (const command of fixture.check) {
    const code = await run(process.execPath, command, at);
    if (code !== 0) return code;
  }
  const vitest = join(dirname(require.resolve('vitest/package.json')), 'vitest.mjs');
  return run(process.execPath, [vitest, 'run', '--root', at, ...tests], at);
}

/**
 * Installs when the fixture asks for something else than the last time.
 *
 * @param {string} at
 */
async function install(at) {
  const wanted = await readFile(join(at, 'package.json'), 'utf8');
  const marker = join(at, 'node_modules', '.installed-for.json');
  const found = await readFile(marker, 'utf8').catch(() => undefined);
  if (found === wanted) return 0;
  await rm(join(at, 'node_modules'), { recursive: true, force: true });
  const npm = process.env.npm_execpath;
  const args = ['install', '--no-package-lock', '--no-audit', '--no-fund', '--include=dev'];
  const code = npm
    ? await run(process.execPath, [npm, ...args], at)
    : await run('npm', args, at, process.platform === 'win32');
  if (code === 0) await writeFile(marker, wanted);
  return code;
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} cwd
 * @param {boolean} [shell]
 * @returns {Promise<number>} The exit code; 1 when a signal ended it.
 */
function run(program, args, cwd, shell = false) {
  const child = spawn(program, args, { cwd, shell, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
