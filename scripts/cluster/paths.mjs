// @ts-check
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where the launcher keeps what outlives it: the shop's database. Not under version control. */
export const STATE_DIRECTORY = join(ROOT, '.understudy');

/** Entry points, as `npm run build` leaves them. */
export const PROGRAMS = {
  bus: join(ROOT, 'packages/replication/dist/transport/embedded/main.js'),
  shop: join(ROOT, 'apps/demo-shop/dist/main.js'),
  balancer: join(ROOT, 'apps/balancer/dist/main.js'),
};
