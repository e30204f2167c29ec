import type { AddressInfo } from 'node:net';
import {
  type DynamicModule,
  type INestApplication,
  type LoggerService,
  Module,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  SessionModule,
  type SessionModuleExtras,
  type SessionModuleOptions,
} from '../../src/index.js';
import { Browser } from './browser.js';

export type Adapter = 'express' | 'fastify';

export const ADAPTERS: readonly Adapter[] = ['express', 'fastify'];

/** Keeps what an application logs, so that tests can look for what must not be there. */
export class LogKeeper implements LoggerService {
  readonly lines: string[] = [];
  log = (...parts: unknown[]): void => void this.lines.push(`log ${parts.join(' ')}`);
  error = (...parts: unknown[]): void => void this.lines.push(`error ${parts.join(' ')}`);
  warn = (...parts: unknown[]): void => void this.lines.push(`warn ${parts.join(' ')}`);
  debug = (...parts: unknown[]): void => void this.lines.push(`debug ${parts.join(' ')}`);

  get text(): string {
    return this.lines.join('\n');
  }
}

export interface RunningApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly logs: LogKeeper;
  browser(headers?: Record<string, string>): Browser;
  close(): Promise<void>;
}

export interface AppSettings {
  readonly adapter: Adapter;
  readonly controllers: readonly Type<unknown>[];
  readonly options?: SessionModuleOptions & SessionModuleExtras;
  readonly module?: DynamicModule;
  readonly imports?: readonly (Type<unknown> | DynamicModule)[];
  readonly prepare?: (app: INestApplication) => void;
  readonly logs?: LogKeeper;
  /** In place of the adapter's default. */
  readonly http?: FastifyAdapter;
}

/** Starts a real server on a free port of the loopback. */
export async function startApp(settings: AppSettings): Promise<RunningApp> {
  const { adapter, controllers, options, prepare, imports = [], logs = new LogKeeper() } = settings;
  @Module({
    imports: [settings.module ?? SessionModule.forRoot(options), ...imports],
    controllers: [...controllers],
  })
  class AppModule {}
  const http =
    settings.http ?? (adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter());
  const app = await NestFactory.create(AppModule, http as ExpressAdapter, { logger: logs });
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    url,
    logs,
    browser: (headers) => new Browser(url, headers),
    close: () => app.close(),
  };
}
