import { setTimeout as delay } from 'node:timers/promises';
import type { DynamicModule, INestApplication, LoggerService, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  type Cluster,
  createMemoryBus,
  type MemoryBus,
  type MemoryTransport,
  memoryTransport,
} from '@understudy/replication';
import { SessionUsageError } from '../errors.js';
import { getSessionOptionsToken } from '../session.module-definition.js';
import type { SessionModuleOptions } from '../session.options.js';
import { SESSION_CLUSTER } from '../tokens.js';
import type { FakeClock } from './fake-clock.js';
import { TestAgent } from './test-agent.js';

export interface TestClusterOptions {
  /** Your application: a module that imports `SessionModule`. Each node is one of it. */
  readonly module: Type<unknown> | DynamicModule;
  /** How many nodes, 1 to 16. Default 2: the least that shows a failover. */
  readonly nodes?: number | undefined;
  /** What carries it; for another one, or settings, a function that makes one for each node. */
  readonly adapter?: 'express' | 'fastify' | (() => AbstractHttpAdapter) | undefined;
  /**
   * In place of the options of your `SessionModule`, which are not asked for: a test needs no
   * environment. Bus, labels (`n1`, `n2`, …) and a secret are supplied. No `store`: it excludes the
   * cluster that is made here.
   */
  readonly options?: Omit<SessionModuleOptions, 'clock' | 'store'> | undefined;
  /** Time for all nodes, that passes as the test says. Default: the real one. */
  readonly clock?: FakeClock | undefined;
  /** Called with each application before it starts: pipes, prefixes, `app.use()`. */
  readonly prepare?: ((app: INestApplication) => void | Promise<void>) | undefined;
  /** `false`: the applications start without a port; inject requests. Default `true`. */
  readonly listen?: boolean | undefined;
  /** Default: errors alone are printed. */
  readonly logger?: LoggerService | undefined;
}

/** One application of a {@link TestCluster}. */
export interface TestNode {
  readonly app: INestApplication;
  readonly label: string;
  readonly cluster: Cluster;
  /** The way to the other nodes: `cable.disconnect()` cuts this one off. */
  readonly cable: MemoryTransport;
  /** A new client of this node. */
  agent(): TestAgent;
}

export interface TestCluster {
  readonly nodes: readonly TestNode[];
  /** A new client of the first node. */
  agent(): TestAgent;
  /** Stops all of them; resolves when nothing runs any more. */
  close(): Promise<void>;
}

const MAX_NODES = 16;
const START_DEADLINE_MS = 30_000;
const POLL_MS = 5;

/**
 * Starts applications in this process that replicate their sessions to each other, as they would
 * over NATS. Resolves when every node knows all others. Rejects with what stopped an application,
 * or `SessionUsageError` when `nodes`, `adapter` or `options` cannot be used or the nodes do not find
 * each other.
 */
export async function createTestCluster(options: TestClusterOptions): Promise<TestCluster> {
  checkOptions(options);
  const { nodes: size = 2, clock } = options;
  const bus = createMemoryBus();
  const starting = Array.from({ length: size }, (_, index) =>
    startNode(`n${index + 1}`, bus, options),
  );
  const started = await passing(clock, Promise.allSettled(starting));
  const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async (): Promise<void> => {
    await passing(clock, Promise.all(nodes.map(({ app }) => app.close())));
  };
  try {
    for (const one of started) if (one.status === 'rejected') throw one.reason;
    await passing(clock, untilComplete(nodes));
  } catch (error) {
    await close();
    throw error;
  }
  return { nodes, agent: () => (nodes[0] as TestNode).agent(), close };
}

/** Before anything starts: a misspelt adapter ran Express, and its tests proved nothing. */
function checkOptions({ nodes = 2, adapter = 'express', options }: TestClusterOptions): void {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MAX_NODES) {
    throw new SessionUsageError(`a test cluster has 1 to ${MAX_NODES} nodes, not ${nodes}`);
  }
  if (typeof adapter !== 'function' && adapter !== 'express' && adapter !== 'fastify') {
    const expected = 'express, fastify or a function that makes one';
    throw new SessionUsageError(`adapter is ${JSON.stringify(adapter)}, expected ${expected}`);
  }
  // Without types it can be there, and the module would complain of a `cluster` that nobody gave.
  if ((options as SessionModuleOptions | undefined)?.store !== undefined) {
    throw new SessionUsageError(
      'options.store is given, expected none: a test cluster replicates in memory; ' +
        'use TestAgent with an application of your own for a store',
    );
  }
}

async function startNode(
  label: string,
  bus: MemoryBus,
  { module, adapter, options, clock, prepare, listen = true, logger }: TestClusterOptions,
): Promise<TestNode> {
  const cable = memoryTransport({ bus });
  const sessionOptions: SessionModuleOptions = {
    secret: 'what all nodes of a test cluster share',
    ...options,
    ...(clock ? { clock } : {}),
    cluster: {
      transport: cable,
      name: 'test',
      // A node that was cut off has nobody to hand its sessions to.
      drainDeadline: '1s',
      ...options?.cluster,
      node: { id: label, label, ...options?.cluster?.node },
    },
  };
  const builder = Test.createTestingModule({ imports: [module] });
  if (logger) builder.setLogger(logger);
  const testing = await builder
    .overrideProvider(getSessionOptionsToken())
    .useValue(sessionOptions)
    .compile();
  const app = testing.createNestApplication(await httpAdapter(adapter));
  try {
    await prepare?.(app);
    if (listen) await app.listen(0, '127.0.0.1');
    else await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    app,
    label,
    cable,
    cluster: app.get<Cluster>(SESSION_CLUSTER, { strict: false }),
    agent: () => new TestAgent(app),
  };
}

/** Loaded when it is asked for: an application has one of the two. */
async function httpAdapter(
  adapter: TestClusterOptions['adapter'] = 'express',
): Promise<AbstractHttpAdapter> {
  if (typeof adapter === 'function') return adapter();
  if (adapter === 'fastify') {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return new FastifyAdapter() as unknown as AbstractHttpAdapter;
  }
  const { ExpressAdapter } = await import('@nestjs/platform-express');
  return new ExpressAdapter();
}

async function untilComplete(nodes: readonly TestNode[]): Promise<void> {
  const knowsAll = ({ cluster }: TestNode) =>
    cluster.members().filter(({ state }) => state === 'active').length === nodes.length;
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!nodes.every(knowsAll)) {
    if (performance.now() > deadline) {
      throw new SessionUsageError(`the nodes did not find each other in ${START_DEADLINE_MS} ms`);
    }
    await delay(POLL_MS);
  }
}

/** Lets a fake clock go on as long as something is under way that waits for time to pass. */
async function passing<T>(clock: FakeClock | undefined, work: Promise<T>): Promise<T> {
  if (!clock) return work;
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  // Whoever awaits `work` hears of its failure below.
  done.catch(() => {});
  while (!isDone) {
    await clock.advance(POLL_MS * 4);
    await delay(1);
  }
  return done;
}
