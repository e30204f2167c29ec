// @ts-check
import { createRequire } from 'node:module';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { createClient } from 'redis';
import { SessionModule } from '../../packages/nest-session/dist/index.js';
import { installLeast } from './least/least-sessions.mjs';
import { isOurs } from './variants.mjs';

/** @typedef {import('./variants.mjs').Variant} Variant */

const require = createRequire(import.meta.url);

const SECRET = 'a secret of forty characters for benchmarks';
const MAX_AGE_MS = 24 * 60 * 60_000;

/**
 * None of the others checks the origin of requests or limits how many sessions one address may begin,
 * so neither does ours.
 *
 * @param {Variant} variant
 * @param {string} servers
 */
export function sessionModule({ name, sessions }, servers) {
  if (!isOurs(sessions)) return [];
  return [
    SessionModule.forRoot({
      secret: SECRET,
      csrf: false,
      cookie: { secure: false },
      limits: { newSessions: false },
      timeouts: { idle: '24h', absolute: '48h' },
      .../** @type {object} */ (sessions === 'on-access' && { touch: 'on-access' }),
      cluster: { servers, name, node: { id: 'app' }, backups: 1 },
    }),
  ];
}

/**
 * @param {Variant} variant
 * @param {import('@nestjs/common').INestApplication} app
 * @param {{ redisUrl: string, servers: string }} urls
 */
export async function installSessions({ name, platform, sessions }, app, { redisUrl, servers }) {
  if (sessions === 'none' || isOurs(sessions)) return;
  if (sessions === 'least') {
    await installLeast(app.getHttpAdapter().getInstance(), servers);
    return;
  }
  const store = sessions === 'redis' ? await redisStore(redisUrl, name) : undefined;
  if (platform === 'express') {
    app.use(
      session({
        secret: SECRET,
        resave: false,
        saveUninitialized: false,
        cookie: { maxAge: MAX_AGE_MS },
        ...(store && { store }),
      }),
    );
    return;
  }
  const instance = app.getHttpAdapter().getInstance();
  await instance.register(require('@fastify/cookie'));
  await instance.register(require('@fastify/session'), {
    secret: SECRET,
    saveUninitialized: false,
    cookie: { maxAge: MAX_AGE_MS, secure: false },
    ...(store && { store }),
  });
}

/** @param {string} url @param {string} prefix */
async function redisStore(url, prefix) {
  const client = createClient({ url });
  await client.connect();
  return new RedisStore({ client, prefix: `${prefix}:` });
}
