// @ts-check
// One variant of the application in a process of its own. Ends with its parent, the runner.
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { installSessions, sessionModule } from './install-sessions.mjs';
import { ShopController } from './shop-controller.mjs';
import { VARIANTS } from './variants.mjs';

const [, , name, servers, redisUrl] = process.argv;
const variant = VARIANTS.find((candidate) => candidate.name === name);
if (!variant || !servers || !redisUrl || !process.send) {
  throw new Error('started by bench/http.mjs only');
}

const adapter = variant.platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
const app = await NestFactory.create(
  {
    module: class {},
    controllers: [ShopController],
    imports: sessionModule(variant, servers),
  },
  adapter,
  { logger: ['error', 'warn'], bodyParser: false },
);
await installSessions(variant, app, { redisUrl, servers });
await app.listen(0, '127.0.0.1');
const { port } = /** @type {import('node:net').AddressInfo} */ (app.getHttpServer().address());
process.on('disconnect', () => process.exit());
process.send({ port });
