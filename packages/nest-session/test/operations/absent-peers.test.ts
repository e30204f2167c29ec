import { afterAll, describe, expect, test, vi } from 'vitest';

/** What an import of something that is not installed does. */
const absent = vi.hoisted(() => () => {
  throw new Error('Cannot find package');
});

vi.mock('@nestjs/terminus', absent);
vi.mock('prom-client', absent);
vi.mock('@opentelemetry/api', absent);
vi.mock('@nestjs/websockets', absent);

afterAll(() => vi.resetModules());

describe('without terminus, prom-client, OpenTelemetry and gateways', () => {
  test('sessions work, and nothing is said', async () => {
    const { ADAPTERS, startApp } = await import('../support/start-app.js');
    const { shopController } = await import('../support/shop.js');
    for (const adapter of ADAPTERS) {
      const running = await startApp({ adapter, controllers: [shopController()] });
      const response = await running.browser().post('/cart/lamp');
      expect(await response.json()).toEqual({ items: ['lamp'] });
      expect(running.logs.text).not.toMatch(/terminus|prom-client|opentelemetry/i);
      await running.close();
    }
  });

  test('metrics are read by whatever takes what prom-client does', async () => {
    const { startApp } = await import('../support/start-app.js');
    const { registerSessionMetrics } = await import('../../src/metrics/index.js');
    const running = await startApp({ adapter: 'express', controllers: [] });
    const names: string[] = [];
    registerSessionMetrics(
      { registerMetric: ({ name }: never) => names.push(name) } as never,
      running.app,
    );
    expect(names).toContain('understudy_sessions_owned');
    await running.close();
  });

  test('what needs terminus cannot be loaded', async () => {
    await expect(import('../../src/health/index.js')).rejects.toThrow();
  });
});
