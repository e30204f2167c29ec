import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Setting conditions replaces the defaults, so they are listed again.
const conditions = ['@understudy/source', ...defaultServerConditions];

// They replace modules, or look at all of their process.
const ALONE = [
  'packages/nest-session/test/operations/absent-peers.test.ts',
  'packages/nest-session/test/secrets/whole-run.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    // No test passes or fails on time: these end what hangs, also where everything takes four times as long.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    // By itself Vitest leaves one of two cores to itself, and tests mostly wait for processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
          // To load every module anew for each file would take longer than the tests do.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: ALONE,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['apps/*/test/**/*.test.ts', 'test/**/*.test.ts', ...ALONE],
        },
      },
    ],
  },
});
