import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { shopModule } from './app.module.js';
import { OpenPortExpressAdapter, OpenPortFastifyAdapter } from './cluster/adapters.js';
import { OpenPort } from './cluster/open-port.js';
import { ShopExceptionFilter } from './pages/shop-exception.filter.js';
import type { ShopSettings } from './settings.js';

export interface RunningShop {
  readonly app: INestApplication;
  /** Where it listens. */
  readonly url: string;
  /** Hands the sessions over, answers what has begun, and leaves; idempotent. */
  close(): Promise<void>;
}

/** Starts one node of the shop. Rejects when the port or the database cannot be had. */
export async function startShop(settings: ShopSettings): Promise<RunningShop> {
  const port = await OpenPort.open(settings.host, settings.port);
  const url = `http://${settings.host}:${port.port}`;
  const { trustedProxies, publicUrl = url } = settings;
  const adapter =
    settings.adapter === 'fastify'
      ? new OpenPortFastifyAdapter(port, trustedProxies)
      : new OpenPortExpressAdapter(port, trustedProxies);
  try {
    const app = await NestFactory.create(shopModule({ ...settings, publicUrl }), adapter, {
      logger: ['fatal', 'error', 'warn'],
      // The caller reports the error once, and decides about the process.
      abortOnError: false,
    });
    // After the module's own filters and therefore asked before them: people get pages.
    app.useGlobalFilters(app.get(ShopExceptionFilter));
    await app.listen(0);
    let closing: Promise<void> | undefined;
    return {
      app,
      url,
      close: () => {
        closing ??= app.close();
        return closing;
      },
    };
  } catch (error) {
    await port.close();
    throw error;
  }
}
