import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { describe, expect, test } from 'vitest';
import { SessionModule, SessionOptionError, type SessionOptionsFactory } from '../../src/index.js';
import { ADAPTERS, type Adapter, LogKeeper, startApp } from '../support/start-app.js';

type Imported = Type<unknown> | DynamicModule;

const MESSAGES = 'SessionModule option ';

/** What the start of an application that imports these says; fails when it says nothing. */
async function refusalOf(adapter: Adapter, ...imports: Imported[]): Promise<string> {
  const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const starting = async () => {
    const testing = await Test.createTestingModule({ imports })
      .setLogger(new LogKeeper())
      .compile();
    await testing.createNestApplication(http as ExpressAdapter).init();
  };
  const error = await starting().then(
    () => new Error('it started'),
    (reason: unknown) => reason as Error,
  );
  expect(error.message).toContain(MESSAGES);
  expect(error).toBeInstanceOf(SessionOptionError);
  return error.message.slice(MESSAGES.length);
}

/** What compilers refuse and JavaScript lets pass. */
const fromFactory = (made: unknown): DynamicModule =>
  SessionModule.forRootAsync({ useFactory: () => made as object });

const secret = 'x'.repeat(32);

describe.each(ADAPTERS)('a mistake in setting up sessions on %s', (adapter) => {
  test('SessionModule without forRoot() is told to have none', async () => {
    expect(await refusalOf(adapter, SessionModule)).toBe(
      'imports is "SessionModule", expected SessionModule.forRoot() or forRootAsync() in its place',
    );
  });

  test('two SessionModules in one application are refused: each would know half of it', async () => {
    @Module({ imports: [SessionModule.forRoot({ secret })] })
    class FeatureModule {}
    const said = await refusalOf(adapter, SessionModule.forRoot({ secret }), FeatureModule);
    expect(said).toBe(
      'forRoot is "imported twice", expected once in an application: ' +
        'where isGlobal is false, import what forRoot() gave again',
    );
  });

  test('what forRoot() gave can be imported in several modules', async () => {
    const module = SessionModule.forRoot({ secret, isGlobal: false });
    @Module({ imports: [module] })
    class FeatureModule {}
    const running = await startApp({ adapter, controllers: [], module, imports: [FeatureModule] });
    await running.close();
  });

  test.each([[undefined], [null], ['secret'], [[]]])('a factory that gives %j', async (made) => {
    const said = await refusalOf(adapter, fromFactory(made));
    expect(said).toMatch(/^options is .*, expected an object with options; \{\} for the defaults$/);
    expect(said).not.toContain('"secret"');
  });

  test.each(['endpoints', 'health', 'isGlobal'])('%s in what a factory gives', async (name) => {
    const said = await refusalOf(adapter, fromFactory({ secret, [name]: false }));
    expect(said).toBe(
      `${name} is "boolean, not shown", expected beside useFactory, useClass or useExisting: ` +
        'it is needed before there are options',
    );
  });

  test.each([
    [{ name: 'sid' }, 'name', 'cookie.name in its place'],
    [{ resave: false }, 'resave', 'no such option: what a handler changed is stored, no more'],
    [
      { saveUninitialized: false },
      'saveUninitialized',
      'no such option: a session begins with its first property',
    ],
    [{ rolling: true }, 'rolling', 'timeouts.idle and touch in its place'],
    [{ proxy: true }, 'proxy', 'trustProxy in its place'],
    [{ cookie: { maxAge: 60_000 } }, 'cookie.maxAge', 'timeouts.idle in its place'],
    [{ cookie: { httpOnly: true } }, 'cookie.httpOnly', 'no such option: it always is'],
  ])('the option of express-session %j is told its place', async (options, name, place) => {
    const said = await refusalOf(adapter, fromFactory({ secret, ...options }));
    expect(said).toMatch(`${name} is "`);
    expect(said).toContain(`, not shown", expected ${place}`);
  });
});

test.each([
  [{}, 'none of them'],
  [{ useFactory: undefined }, 'none of them'],
  [{ useClass: class {}, useFactory: () => ({}) }, 'useFactory and useClass'],
])('forRootAsync() is told that it needs one source of options', (given, found) => {
  expect(() => SessionModule.forRootAsync(given as { useFactory: () => object })).toThrow(
    `forRootAsync is "${found}", expected one of useFactory, useClass and useExisting`,
  );
});

test('a class without createSessionOptions() is told by its name', () => {
  class Options {}
  const useClass = Options as unknown as Type<SessionOptionsFactory>;
  expect(() => SessionModule.forRootAsync({ useClass })).toThrow(
    'useClass is "Options", expected a class with the method createSessionOptions()',
  );
});
