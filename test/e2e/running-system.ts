import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type System, type SystemOptions, startSystem } from '../../scripts/cluster/system.mjs';
import { findProgram } from '../find-program.mjs';

/** The buses every end-to-end test runs on; `missing` names what this machine lacks for one. */
export const BUSES = [
  { bus: 'embedded', missing: false },
  { bus: 'nats', missing: findProgram('nats-server') === null },
] as const;

/** Starting five processes, each of them compiling; slow machines take their time. */
export const START_TIMEOUT_MS = 180_000;

/** A test that ends a process waits for its successor. */
export const FAILOVER_TIMEOUT_MS = 120_000;

/** One system for all tests of a `describe`, made before the first and stopped after the last. */
export function useSystem(options: Partial<SystemOptions>): () => System {
  let system: System | undefined;
  let directory: string | undefined;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'understudy-e2e-'));
    system = await startSystem({ nodes: 3, directory, ...options });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await system?.stop();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  }, START_TIMEOUT_MS);
  return () => {
    if (system === undefined) throw new Error('the system has not been started');
    return system;
  };
}
