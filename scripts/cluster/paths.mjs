// @ts-check
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LauncherError } from './errors.mjs';

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

/** @throws {LauncherError} `ERR_NOT_BUILT`, where Node would only say "cannot find module". */
export function assertBuilt() {
  const missing = Object.values(PROGRAMS).find((path) => !existsSync(path));
  if (missing === undefined) return;
  const path = relative(ROOT, missing);
  throw new LauncherError('ERR_NOT_BUILT', `${path} is missing; build first: npm run build`, {
    path,
  });
}
