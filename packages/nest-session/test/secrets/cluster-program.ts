/**
 * Three nodes in a process of their own, and everything that leaves their memory: what they say on the
 * bus, log and tell as events. When asked to, closes the connections of its clients, collects garbage
 * and writes the heap beside it. Clients are elsewhere: what they know must not be found here.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { writeHeapSnapshot } from 'node:v8';
import { Controller, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createMemoryBus, memoryTransport } from '@understudy/replication';
import { SessionEvents, SessionModule, type SessionModuleOptions } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { LogKeeper } from '../support/start-app.js';

const [adapter, folder] = process.argv.slice(2) as [string, string];
const NODES = 3;
const bus = createMemoryBus();
const logs = new LogKeeper();
const frames: Buffer[] = [];
const events: string[] = [];
const tap = memoryTransport({ bus });
tap.subscribe('us1.>', ({ payload, noResponders }) => {
  if (!noResponders) frames.push(Buffer.from(payload));
});
/** Nobody hears what it says itself. */
const traitor = memoryTransport({ bus });
const leaked: string[] = [];

interface AnyRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The control: what leaks on purpose must be found, or the search proves nothing. */
@Controller('leak')
class LeakController {
  @Post('memory')
  memory(@Req() request: AnyRequest) {
    leaked.push(String(request.headers.cookie));
    return {};
  }

  @Post('bus')
  bus(@Req() request: AnyRequest) {
    const id = /sid=([^.]+)/.exec(String(request.headers.cookie))?.[1] as string;
    traitor.publish('us1.leak', Buffer.from(id, 'base64url'));
    return {};
  }

  @Post('log')
  log(@Req() request: AnyRequest) {
    logs.warn(`from ${request.headers.cookie}`);
    return {};
  }
}

async function startNode(index: number): Promise<Awaited<ReturnType<typeof NestFactory.create>>> {
  // As long as a label may be: a slice of the header that carries it shares its memory.
  const label = `n${index}`.padEnd(32, 'x');
  const options: SessionModuleOptions = {
    secret: 'a secret that all nodes of this program share',
    cluster: { transport: memoryTransport({ bus }), name: 'test', node: { id: label, label } },
    limits: { perPrincipal: 5 },
    timeouts: { renew: '1m' },
  };
  @Module({
    imports: [SessionModule.forRoot(options)],
    controllers: [shopController(), LeakController],
  })
  class AppModule {}
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, http as ExpressAdapter, { logger: logs });
  app.get(SessionEvents).stream.subscribe((event) => events.push(JSON.stringify(event)));
  await app.listen(0, '127.0.0.1');
  return app;
}

const starting = Promise.all(Array.from({ length: NODES }, (_, index) => startNode(index)));
// Before anything is awaited: this keeps the process alive until there are servers.
process.once('message', async () => {
  const apps = await starting;
  for (const app of apps) app.getHttpServer().closeAllConnections();
  for (let round = 0; round < 5; round++) {
    await delay(100);
    globalThis.gc?.();
  }
  writeFileSync(`${folder}/bus`, Buffer.concat(frames));
  writeFileSync(`${folder}/logs`, logs.text);
  writeFileSync(`${folder}/events`, events.join('\n'));
  frames.length = 0;
  writeHeapSnapshot(`${folder}/heap`);
  process.send?.({ done: true, leaked: leaked.length }, () => process.exit(0));
});

const urls = await Promise.all((await starting).map((app) => app.getUrl()));
process.send?.({ urls });
