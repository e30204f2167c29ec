import { Controller, Param, Post, Redirect } from '@nestjs/common';
import { createMemoryBus, memoryTransport, SessionCluster } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { Session } from '../../src/index.js';
import { Browser } from '../support/browser.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, LogKeeper, startApp } from '../support/start-app.js';
import { until } from '../support/until.js';
import { SlowStore } from './slow-store.js';

const BROWSERS = 50;
const ROUNDS = 4;

@Controller()
class FormController {
  @Post('form/:value')
  @Redirect('/keys', 303)
  submit(@Session() session: Session<{ form?: string }>, @Param('value') value: string) {
    session.form = value;
  }
}

const CASES = ADAPTERS.flatMap((adapter) => [1, 3].map((size) => ({ adapter, size })));

describe.each(CASES)('a redirect after a change, on $size node(s) of $adapter', (where) => {
  const { adapter, size } = where;

  test('never arrives before the change, with a store that is slow and fails', async () => {
    const slow = new SlowStore();
    const bus = createMemoryBus();
    const logs = new LogKeeper();
    const started: SessionCluster[] = [];
    const apps = await Promise.all(
      Array.from({ length: size }, (_, index) => {
        const id = `n${index + 1}`;
        const start = async () => {
          const transport = memoryTransport({ bus });
          const joinMs = size === 1 ? 0 : 1000;
          const cluster = await SessionCluster.start({
            transport,
            node: { id, label: id },
            joinMs,
          });
          started.push(cluster);
          return slow.around(cluster);
        };
        return startApp({
          adapter,
          controllers: [FormController, shopController()],
          logs,
          options: {
            secret: 'a secret that all nodes of the test share',
            store: { name: 'slow', hasLocks: true, start },
          },
        });
      }),
    );
    await until(() => started.every((cluster) => cluster.members().length === size));
    const urlAt = (index: number) => (apps[index % size] as (typeof apps)[number]).url;
    const outcomes = { followed: 0, refused: 0 };
    const wrong: unknown[] = [];
    await Promise.all(
      Array.from({ length: BROWSERS }, async (_, index) => {
        const browser = new Browser(urlAt(index));
        let stored: string | undefined;
        for (let round = 0; round < ROUNDS; round++) {
          const value = `b${index}r${round}`;
          const answer = await browser.at(urlAt(index + round)).post(`/form/${value}`);
          for (const cookie of answer.headers.getSetCookie()) {
            const [name = '', text = ''] = (cookie.split(';')[0] as string).split('=');
            browser.cookies.set(name, text);
          }
          const isRedirect = answer.status === 303;
          if (isRedirect) stored = value;
          outcomes[isRedirect ? 'followed' : 'refused'] += 1;
          if (!isRedirect && (answer.status !== 503 || answer.headers.has('location'))) {
            wrong.push(['answer', answer.status]);
          }
          // As a browser does: at once, and through another node.
          const { form } = await browser
            .at(urlAt(index + round + 1))
            .json<{ form?: string }>('/keys');
          if (form !== stored) wrong.push({ form, stored });
        }
      }),
    );
    expect(wrong).toEqual([]);
    expect(outcomes.followed + outcomes.refused).toBe(BROWSERS * ROUNDS);
    expect(outcomes.refused).toBe(slow.failures);
    expect(slow.failures).toBe(Math.floor(slow.writes / 100));
    expect(slow.failures).toBeGreaterThan(0);
    await Promise.all(apps.map((app) => app.close()));
  }, 60_000);
});
