type Client = Pick<typeof import('ioredis'), 'Redis'>;

/** Loaded only where it is asked for: applications without Redis need not have the client. */
export async function loadRedis(
  user: 'RedisSessionStore' | 'redisTier',
  load: () => Promise<Client> = () => import('ioredis'),
): Promise<Client> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const reason = `${user} needs the package ioredis; install it beside @understudy/replication`;
    throw new Error(reason, { cause: error });
  }
}
