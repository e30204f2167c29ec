import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type SessionEvent, SessionEvents, SessionModule } from '@understudy/nest-session';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AccountResolver } from './account.resolver.js';
import { GraphqlClient } from './client.js';

const STACKS = ['Apollo on Express', 'Mercurius on Fastify'] as const;

async function start(stack: (typeof STACKS)[number]): Promise<INestApplication> {
  const isApollo = stack === 'Apollo on Express';
  const graphql = isApollo
    ? GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true })
    : GraphQLModule.forRoot<MercuriusDriverConfig>({
        driver: MercuriusDriver,
        autoSchemaFile: true,
      });
  @Module({ imports: [SessionModule.forRoot(), graphql], providers: [AccountResolver] })
  class AppModule {}
  const adapter = isApollo ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(AppModule, adapter as ExpressAdapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each(STACKS)('resolvers with %s', (stack) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    app = await start(stack);
    url = await app.getUrl();
  });
  afterAll(() => app.close());

  test('read and write the session; what is answered is stored', async () => {
    const client = new GraphqlClient(url);
    expect(await client.ask('{ visits }')).toEqual({ data: { visits: 0 } });
    expect(client.cookies.size).toBe(0);
    expect(await client.ask('mutation { visit }')).toEqual({ data: { visit: 1 } });
    expect([...client.cookies.keys()].sort()).toEqual(['sid', 'sid-csrf', 'sid-route']);
    expect(await client.copy().ask('{ visits }')).toEqual({ data: { visits: 1 } });
  });

  test('share one session within a request, and lose nothing of parallel ones', async () => {
    const client = new GraphqlClient(url);
    const twice = await client.ask('mutation { a: visit b: visit }');
    expect(twice.data).toEqual({ a: 1, b: 2 });
    await Promise.all(Array.from({ length: 20 }, () => client.copy().ask('mutation { visit }')));
    expect((await client.ask('{ visits }')).data).toEqual({ visits: 22 });
  });

  test('sign in with a new id, and out', async () => {
    const client = new GraphqlClient(url);
    await client.ask('mutation { visit }');
    const stolen = client.copy();
    expect((await client.login('ada')).data).toEqual({ login: { id: 'ada' } });
    expect(client.cookies.get('sid')).not.toBe(stolen.cookies.get('sid'));
    const me = await client.ask('{ me { id roles } visits }');
    expect(me.data).toEqual({ me: { id: 'ada', roles: [] }, visits: 1 });
    expect((await stolen.ask('{ me { id } }')).errors).toHaveLength(1);
    const signedIn = client.copy();
    expect((await client.ask('mutation { logout }')).data).toEqual({ logout: true });
    expect(client.cookies.has('sid')).toBe(false);
    expect((await signedIn.ask('{ me { id } }')).errors).toHaveLength(1);
  });

  test('are guarded field by field', async () => {
    const nobody = new GraphqlClient(url);
    for (const field of ['me { id }', 'secret', 'transfer']) {
      const { errors } = await nobody.ask(`{ ${field} }`);
      expect(errors?.[0]?.message).toBe('this needs a signed-in session');
    }
    const user = new GraphqlClient(url);
    await user.login('ada');
    expect((await user.ask('{ secret }')).errors?.[0]?.message).toMatch(/lacks the role/);
    expect((await user.ask('{ me { id } transfer }')).data).toMatchObject({ transfer: true });
    const admin = new GraphqlClient(url);
    await admin.login('eve', ['admin']);
    expect((await admin.ask('{ secret me { id } }')).data).toMatchObject({ secret: 42 });
  });

  test('tell the audit log of each field that a guard refuses', async () => {
    const told: SessionEvent[] = [];
    const stop = app.get(SessionEvents).on('access-refused', (event) => told.push(event));
    await new GraphqlClient(url).ask('{ me { id } }');
    const user = new GraphqlClient(url);
    await user.login('ada');
    await user.ask('{ secret }');
    await user.ask('{ me { id } }');
    stop();
    const refused = { kind: 'access-refused', ip: expect.stringContaining('127.0.0.1') };
    expect(told).toEqual([
      { ...refused, reason: 'authentication-required' },
      { ...refused, principal: 'ada' },
    ]);
  });

  test('are limited by the session', async () => {
    const client = new GraphqlClient(url);
    await client.ask('mutation { visit }');
    expect((await client.ask('{ search }')).data).toEqual({ search: true });
    expect((await client.ask('{ search }')).data).toEqual({ search: true });
    expect((await client.ask('{ search }')).errors?.[0]?.message).toMatch(/^try again in/);
  });

  test('a query that asks for a limited field under several names has used as many', async () => {
    const client = new GraphqlClient(url);
    await client.ask('mutation { visit }');
    expect((await client.ask('{ a: search b: search }')).data).toEqual({ a: true, b: true });
    expect((await client.ask('{ search }')).errors?.[0]?.message).toMatch(/^try again in/);
  });

  test('are not for other sites, nor without the token', async () => {
    const client = new GraphqlClient(url);
    await client.ask('mutation { visit }');
    const forged: Record<string, string>[] = [
      { 'x-csrf-token': 'guessed' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
    ];
    for (const headers of forged) {
      const { errors } = await client.ask('mutation { visit }', {}, headers);
      expect(errors?.[0]?.message).toMatch(/CSRF token is wrong|another site/);
    }
    expect((await client.ask('{ visits }')).data).toEqual({ visits: 1 });
  });
});
