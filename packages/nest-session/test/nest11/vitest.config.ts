import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    // As in the repository: these end what hangs, also where everything takes four times as long.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    include: ['versions.spec.ts', 'test/**/*.test.ts'],
  },
});
