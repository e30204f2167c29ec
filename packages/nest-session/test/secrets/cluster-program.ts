/**
 * Three nodes in a process of their own, and everything that leaves their memory: what they say on the
 * bus, log and tell as events. When asked to, closes the connections of its clients, collects garbage
 * and writes the heap, and the bytes it does not show, beside it. Clients are elsewhere: what they know must not be found here.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { Controller, Module, Param, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { createMemoryBus, memoryTransport } from '@understudy/replication';
import { SessionEvents, SessionModule, type SessionModuleOptions } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { LogKeeper } from '../support/start-app.js';
import { chatModule, withSockets } from '../websocket/chat.js';
import { liveBytes } from './live-bytes.js';

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
const cables = Array.from({ length: NODES }, () => memoryTransport({ bus }));
/** Nobody hears what it says itself. */
const traitor = memoryTransport({ bus });
const leaked: (string | Buffer)[] = [];

interface AnyRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Longer than what V8 writes of a string into a snapshot by default. */
const FILLER = 'x'.repeat(2000);

/** As a flat string: a joined one is in a snapshot part by part. */
const behindMuch = (text: string) => Buffer.from(FILLER + text, 'latin1').toString('latin1');

/** The controls: what leaks on purpose must be found, or the search proves nothing. */
const LEAKS: Readonly<Record<string, (cookie: string) => void>> = {
  string: (cookie) => leaked.push(cookie),
  'long-string': (cookie) => leaked.push(behindMuch(cookie)),
  buffer: (cookie) => leaked.push(Buffer.from(cookie)),
  'id-bytes': (cookie) => leaked.push(idBytesOf(cookie)),
  bus: (cookie) => traitor.publish('us1.leak', idBytesOf(cookie)),
  log: (cookie) => logs.warn(`from ${cookie}`),
};

function idBytesOf(cookie: string): Buffer {
  return Buffer.from(/sid=([^.]+)/.exec(cookie)?.[1] as string, 'base64url');
}

@Controller('leak')
class LeakController {
  @Post(':place')
  leak(@Req() request: AnyRequest, @Param('place') place: string) {
    LEAKS[place]?.(String(request.headers.cookie));
    return {};
  }
}

async function startNode(index: number): Promise<Awaited<ReturnType<typeof NestFactory.create>>> {
  // As long as a label may be: a slice of the header that carries it shares its memory.
  const label = `n${index}`.padEnd(32, 'x');
  const options: SessionModuleOptions = {
    secret: 'a secret that all nodes of this program share',
    transport: ['cookie', 'header'],
    cluster: { transport: cables[index], name: 'test', node: { id: label, label } },
    limits: { perPrincipal: 5 },
    timeouts: { renew: '1m' },
  };
  @Module({
    imports: [SessionModule.forRoot(options), chatModule()],
    controllers: [shopController(), LeakController],
  })
  class AppModule {}
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, http as ExpressAdapter, { logger: logs });
  withSockets(app);
  app.get(SessionEvents).stream.subscribe((event) => events.push(JSON.stringify(event)));
  await app.listen(0, '127.0.0.1');
  return app;
}

const starting = Promise.all(Array.from({ length: NODES }, (_, index) => startNode(index)));

async function writeAll(): Promise<void> {
  for (const app of await starting) app.getHttpServer().closeAllConnections();
  for (let round = 0; round < 5; round++) {
    await delay(100);
    globalThis.gc?.();
  }
  writeFileSync(`${folder}/bus`, Buffer.concat(frames));
  writeFileSync(`${folder}/logs`, logs.text);
  writeFileSync(`${folder}/events`, events.join('\n'));
  frames.length = 0;
  writeFileSync(`${folder}/bytes`, liveBytes());
  // V8 cuts strings after 1024 characters.
  setFlagsFromString('--heap-snapshot-string-limit=1000000000');
  writeHeapSnapshot(`${folder}/heap`);
  process.send?.({ done: true, leaked: leaked.length }, () => process.exit(0));
}

// Before anything is awaited: this keeps the process alive until there are servers.
process.on('message', (message) => {
  if (message === 'snapshot') return void writeAll();
  // The last node is gone for all others, and what it holds stays to be searched.
  cables.at(-1)?.disconnect();
  process.send?.({ lost: true });
});

const urls = await Promise.all((await starting).map((app) => app.getUrl()));
process.send?.({ urls });
