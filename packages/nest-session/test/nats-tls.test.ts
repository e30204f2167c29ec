import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type Authority,
  type Certificate,
  hasOpenssl,
  makeAuthority,
} from '../../../test/certificate-authority.js';
import { SessionModule } from '../src/index.js';
import { hasNatsServer, type RunningNats, startNatsServer } from './support/nats-server.js';
import { sharedCart } from './support/shared-cart.js';
import { shopController } from './support/shop.js';
import {
  ADAPTERS,
  type Adapter,
  LogKeeper,
  type RunningApp,
  startApp,
} from './support/start-app.js';

describe.skipIf(!hasNatsServer || !hasOpenssl)('a bus that asks for client certificates', () => {
  let ours: Authority;
  let theirs: Authority;
  let good: Certificate;
  let server: RunningNats;
  const apps: RunningApp[] = [];

  beforeAll(async () => {
    [ours, theirs] = [makeAuthority(), makeAuthority()];
    good = ours.issue('node');
    const bus = ours.issue('bus');
    const own = ['--tlscert', bus.certFile, '--tlskey', bus.keyFile];
    server = await startNatsServer(['--tlsverify', ...own, '--tlscacert', ours.caFile]);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((running) => running.close()));
  });
  afterAll(async () => {
    await server?.kill();
    for (const authority of [ours, theirs]) authority?.remove();
  });

  const optionsOf = (adapter: Adapter, id: string, tls: object) => ({
    secret: 'a secret that both of them share',
    cluster: {
      servers: `tls://localhost:${server.port}`,
      name: `mutual-tls-${adapter}`,
      node: { id, label: id },
      tls,
    },
  });

  function start(adapter: Adapter, id: string, tls: object): Promise<RunningApp> {
    const options = optionsOf(adapter, id, tls);
    return startApp({ adapter, controllers: [shopController()], options });
  }

  /** Without `abortOnError: false` Nest ends the process, here that of the tests. */
  function create(adapter: Adapter, tls: object, logger: LogKeeper): Promise<INestApplication> {
    const module = SessionModule.forRoot(optionsOf(adapter, 'refused', tls));
    const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    return NestFactory.create(module, http as ExpressAdapter, { logger, abortOnError: false });
  }

  test.each(ADAPTERS)('two applications with cluster.tls share sessions on %s', async (adapter) => {
    const tls = { caFile: ours.caFile, ...good };
    apps.push(...(await Promise.all(['n1', 'n2'].map((id) => start(adapter, id, tls)))));
    const [one, two] = apps as [RunningApp, RunningApp];
    expect((await sharedCart(one, two)).at(-1)).toBe('lamp');
  });

  test.each(
    ADAPTERS.flatMap((adapter) => [
      [adapter, 'without one', 'client-certificate', () => ({ caFile: ours.caFile })] as const,
      [
        adapter,
        'with one of another authority',
        'client-certificate',
        () => ({ caFile: ours.caFile, ...theirs.issue(`stranger-${adapter}`) }),
      ] as const,
      [
        adapter,
        'that does not trust the bus',
        'server-certificate',
        () => ({ caFile: theirs.caFile, ...good }),
      ] as const,
    ]),
  )('on %s an application %s does not start, and says why', async (adapter, _, reason, makeTls) => {
    const tls: Record<string, string> = makeTls();
    const logs = new LogKeeper();
    const error = await create(adapter, tls, logs).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: 'ERR_TRANSPORT_TLS', reason });
    expect((error as Error).message).toMatch(
      /^no TLS with the bus at localhost:\d+: .*certificate/,
    );
    const told = `${logs.text} ${(error as Error).stack}`;
    expect(told).not.toContain('retrying');
    const [, material = 'none'] = readFileSync(tls.keyFile ?? good.keyFile, 'utf8').split('\n');
    expect(told).not.toContain(material);
  });
});
