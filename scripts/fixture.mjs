// @ts-check
// `npm run test:graphql`, `npm run test:nest11`: nest-session as it was built, beside packages that
// cannot live in this repository's own tree: @nestjs/graphql refuses TypeScript 7, and Nest 11
// would stand in the way of Nest 12. Each fixture has a package.json of its own and is installed in
// a folder that is not under version control. Needs the npm registry at its first run.
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from './cluster/build.mjs';
import { explainError } from './cluster/errors.mjs';
import { ROOT } from './cluster/paths.mjs';

const PACKAGE = join(ROOT, 'packages', 'nest-session');
const require = createRequire(import.meta.url);

/**
 * Suites that say what the package does under either Nest. Not: those that look at sources, pages or the
 * heap of this repository, and `operations/health.test.ts`, for Terminus 11 knows no `degraded`.
 */
const SUITES = [
  'access.test.ts',
  'asvs/account-module.ts',
  'asvs/links.test.ts',
  'asvs/self-contained-tokens.test.ts',
  'asvs/tokens.test.ts',
  'bad-input.test.ts',
  'cluster.test.ts',
  'concurrency.test.ts',
  'csrf-matrix.test.ts',
  'csrf.test.ts',
  'engine-options.test.ts',
  'event-stream',
  'flash.test.ts',
  'handle.test.ts',
  'hot-path.test.ts',
  'idempotency.test.ts',
  'interop',
  'keyring.test.ts',
  'legacy',
  'lifetime/cookies.test.ts',
  'lifetime/deadlines.test.ts',
  'lifetime/lifetime-app.ts',
  'lifetime/renewal.test.ts',
  'lifetime/session-cookie.test.ts',
  'lifetime/transport.test.ts',
  'login.test.ts',
  'module.test.ts',
  'nats.test.ts',
  'operations/absent-peers.test.ts',
  'operations/metrics.test.ts',
  'operations/prom-registry.ts',
  'operations/tracing.test.ts',
  'principals',
  'races',
  'rate-limit',
  'responses.test.ts',
  'schema.test.ts',
  'session.test.ts',
  'shutdown.test.ts',
  'stores',
  'testing',
  'tier.test.ts',
  'unavailable.test.ts',
  'websocket',
  'wizard',
];
const SUPPORT = ['support', 'checkout-wizard.ts'];

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
      for (const name of [...SUITES, ...SUPPORT]) {
        await cp(join(PACKAGE, 'test', name), join(at, 'test', name), { recursive: true });
      }
    },
    check: [],
  },
};

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  console.error(explainError(error));
  process.exitCode = 1;
}

/**
 * @param {string | undefined} name
 * @returns {Promise<number>}
 */
async function main(name) {
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
  return run(process.execPath, [vitest, 'run', '--root', at], at);
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
