import { Controller, Get, Module } from '@nestjs/common';
import { expect, test } from 'vitest';
import { cookieStore, Principal, SessionModule, SessionUsageError } from '../../src/index.js';
import {
  createTestCluster,
  signIn,
  TestAgent,
  type TestClusterOptions,
} from '../../src/testing/index.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

@Module({ imports: [SessionModule.forRoot()] })
class EmptyModule {}

/** What has to be refused; a cluster that starts all the same is stopped. */
async function refusal(options: object): Promise<Error> {
  const starting = createTestCluster({ module: EmptyModule, nodes: 1, ...options });
  return starting.then(
    async (cluster) => {
      await cluster.close();
      return new Error('it started');
    },
    (error: Error) => error,
  );
}

test.each(['fastfy', 'Express', '', null, 5])('an adapter %j is refused', async (adapter) => {
  const error = await refusal({ adapter });
  expect(error).toBeInstanceOf(SessionUsageError);
  expect(error.message).toBe(
    `adapter is ${JSON.stringify(adapter)}, expected express, fastify or a function that makes one`,
  );
});

test('a store in place of replication is refused by its own name', async () => {
  const error = await refusal({ options: { store: cookieStore() } });
  expect(error).toBeInstanceOf(SessionUsageError);
  expect(error.message).toMatch(/^options\.store is given, expected none: /);
});

test('the type of the options has no store', () => {
  const options: TestClusterOptions['options'] = {
    // @ts-expect-error A test cluster replicates.
    store: cookieStore(),
  };
  expect(options).toBeDefined();
});

@Controller()
class AccountController {
  @Get('me')
  me(@Principal() principal: Principal | null) {
    return { id: principal?.id ?? null };
  }
}

test.each(ADAPTERS)(
  'an application with a store is tested on %s by an agent alone',
  async (adapter) => {
    const options = { store: cookieStore(), secret: 'what this test alone knows, and no other' };
    const running = await startApp({ adapter, controllers: [AccountController], options });
    try {
      const agent = new TestAgent(running.app);
      await signIn(agent, 'ada');
      expect(await (await agent.fetch('/me')).json()).toEqual({ id: 'ada' });
    } finally {
      await running.close();
    }
  },
);
