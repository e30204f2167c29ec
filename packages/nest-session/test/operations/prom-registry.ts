import type { INestApplication } from '@nestjs/common';
import prom from 'prom-client';
import { registerSessionMetrics } from '../../src/metrics/index.js';

export const OPENMETRICS = prom.openMetricsContentType;

type AnyRegistry = prom.Registry<prom.RegistryContentType>;

export function registryOf(
  app: INestApplication,
  registry: AnyRegistry = new prom.Registry(),
): AnyRegistry {
  registerSessionMetrics(registry, app);
  return registry;
}

/** What a scrape says, by name and labels. */
export async function readings(registry: AnyRegistry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => /^[a-z]/.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const cut = line.lastIndexOf(' ');
      return [line.slice(0, cut), Number(line.slice(cut + 1))];
    }),
  );
}
