import { randomBytes } from 'node:crypto';
import type { SessionModuleOptions } from '@understudy/nest-session';
import { memoryTransport, redisTier } from '@understudy/replication';
import type { ShopSettings } from '../settings.js';

/** How the shop uses the session module. */
export function sessionOptions(settings: ShopSettings): SessionModuleOptions {
  const { bus, clusterName, nodeId, publicUrl, redisMode, redisUrl, secrets } = settings;
  return {
    // A node of its own agrees with itself; whoever restarts it is signed out.
    secret: secrets ?? [randomBytes(32).toString('base64url')],
    cluster: {
      ...(bus === undefined ? { transport: memoryTransport() } : { servers: bus }),
      name: clusterName,
      // The demonstration is about nodes, so they are called by their names.
      node: { id: nodeId, label: nodeId, url: publicUrl },
    },
    ...(redisUrl === undefined ? {} : { tier: redisTier({ url: redisUrl, mode: redisMode }) }),
    // A form half filled in is still there the next morning (WCAG 2.2.6).
    timeouts: { idle: '24h', absolute: '7d' },
  };
}
