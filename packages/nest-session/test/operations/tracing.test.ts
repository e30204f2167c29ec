import { Controller, Get } from '@nestjs/common';
import { type Tracer, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, test } from 'vitest';
import { RateLimit } from '../../src/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS } from '../support/start-app.js';
import { type RunningNode, startCluster } from '../support/start-cluster.js';

interface Recorded {
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  status?: number;
  ended: boolean;
}

/** A tracer provider that keeps what is traced. */
function recordSpans(): Recorded[] {
  const spans: Recorded[] = [];
  const tracer = {
    startSpan(name: string) {
      const span: Recorded = { name, attributes: {}, ended: false };
      spans.push(span);
      return {
        setAttribute: (key: string, value: unknown) => {
          span.attributes[key] = value;
        },
        setStatus: ({ code }: { code: number }) => {
          span.status = code;
        },
        isRecording: () => true,
        end: () => {
          span.ended = true;
        },
      };
    },
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer as unknown as Tracer });
  return spans;
}

afterEach(() => trace.disable());

@Controller()
class LimitedController {
  @Get('limited')
  @RateLimit({ name: 'spans', limit: 1, window: '1h', by: () => 'a-key-of-the-application' })
  limited() {
    return { ok: true };
  }
}

describe.each(ADAPTERS)('spans on %s', (adapter) => {
  test('are made for what may wait for other nodes, and carry no id', async () => {
    const spans = recordSpans();
    const controllers = [shopController(), LimitedController];
    const cluster = await startCluster({ adapter, size: 2, controllers });
    const [node, other] = cluster.nodes as [RunningNode, RunningNode];
    const browser = node.browser();
    const keys: string[] = [];
    await browser.post('/cart/lamp');
    keys.push((browser.cookies.get('sid') as string).split('.')[0] as string);
    await browser.post('/cart/sofa', undefined, { 'idempotency-key': 'a-key-of-the-client' });
    await browser.post('/login', { id: 'ada-lovelace' });
    keys.push((browser.cookies.get('sid') as string).split('.')[0] as string);
    // What the own node leads is opened without a wait.
    expect(spans.some(({ name }) => name === 'session open')).toBe(false);
    await browser.at(other.url).json('/cart');
    await browser.post('/logout');
    for (const _again of [1, 2]) await browser.fetch('/limited');
    expect(new Set(spans.map(({ name }) => name))).toEqual(
      new Set(
        ['open', 'create', 'commit', 'reserve', 'rotate', 'destroy', 'consume'].map(
          (n) => `session ${n}`,
        ),
      ),
    );
    expect(spans.every(({ ended }) => ended)).toBe(true);
    expect(spans.find(({ name }) => name === 'session commit')?.attributes).toEqual({
      'session.status': 'committed',
      'session.copies': 1,
      'session.owner': 'n1',
    });
    const consumed = spans.filter(({ name }) => name === 'session consume');
    expect(consumed.map(({ attributes }) => attributes['session.allowed'])).toEqual([true, false]);
    const told = JSON.stringify(spans);
    for (const secret of [
      ...keys,
      'ada-lovelace',
      'a-key-of-the-client',
      'a-key-of-the-application',
    ]) {
      expect(told).not.toContain(secret);
    }
    await cluster.close();
  });

  test('of a call that failed say that, and not what the error said', async () => {
    const spans = recordSpans();
    const cluster = await startCluster({
      adapter,
      size: 2,
      controllers: [shopController()],
      onIsolation: 'refuse',
    });
    const [node] = cluster.nodes as [RunningNode];
    const browser = node.browser();
    await browser.post('/cart/lamp');
    node.cable.disconnect();
    await expect.poll(() => node.cluster.status().degraded).toBe(true);
    expect((await browser.post('/cart/sofa')).status).toBe(503);
    const failed = spans.filter(({ status }) => status === 2);
    expect(failed.length).toBeGreaterThan(0);
    for (const span of failed) {
      expect(span.ended).toBe(true);
      expect(Object.keys(span.attributes)).toEqual(['error.type']);
    }
    node.cable.connect();
    await cluster.close();
  });
});
