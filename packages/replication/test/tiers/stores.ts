import {
  createMemoryTierContents,
  memoryTier,
  redisTier,
  storeTier,
  type Tier,
  type TierPolicyOptions,
} from '../../src/index.js';
import { REDIS_SERVER, startRedis } from './redis-server.js';
import { createSqlDatabase } from './sql-store.js';

/** A store that outlives the nodes. */
export interface RunningStore {
  tier(options?: TierPolicyOptions): Tier;
  close(): Promise<void>;
}

/** The stores that every cluster test runs on; Redis is left out where it is not installed. */
export const STORES: readonly (readonly [name: string, start: () => Promise<RunningStore>])[] = [
  [
    'memory',
    async () => {
      const contents = createMemoryTierContents();
      return { tier: (options) => memoryTier({ contents, ...options }), close: async () => {} };
    },
  ],
  ...(REDIS_SERVER === undefined
    ? []
    : [
        [
          'redis-server',
          async () => {
            const server = await startRedis();
            return {
              tier: (options?: TierPolicyOptions) => redisTier({ url: server.url, ...options }),
              close: () => server.kill(),
            };
          },
        ] as const,
      ]),
  [
    'an SQL Store',
    async () => {
      const database = await createSqlDatabase();
      return {
        tier: (options) => storeTier(database.connect(), options),
        close: () => database.close(),
      };
    },
  ],
];
