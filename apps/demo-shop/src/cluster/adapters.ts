import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LIMITS } from '../limits.js';
import type { OpenPort } from './open-port.js';

type Callback = (error?: Error) => void;

/** Nest on Express, behind a port that is open already. */
export class OpenPortExpressAdapter extends ExpressAdapter {
  constructor(
    private readonly openPort: OpenPort,
    trustedProxies: string,
  ) {
    super();
    this.set('trust proxy', trustedProxies);
    this.disable('x-powered-by');
  }

  override initHttpServer(): void {
    this.setHttpServer(this.openPort.server);
  }

  override listen(...parameters: unknown[]): ReturnType<ExpressAdapter['listen']> {
    this.openPort.serve(this.getInstance());
    callbackOf(parameters)();
    return this.openPort.server;
  }
}

type FastifyListener = Parameters<OpenPort['serve']>[0];

/** Nest on Fastify, behind a port that is open already. */
export class OpenPortFastifyAdapter extends FastifyAdapter {
  #listener: FastifyListener | undefined;

  constructor(
    private readonly openPort: OpenPort,
    trustedProxies: string,
  ) {
    let listener: FastifyListener | undefined;
    super({
      trustProxy: trustedProxies,
      bodyLimit: LIMITS.maxBodyBytes,
      serverFactory: (handler: FastifyListener) => {
        listener = handler;
        return openPort.server;
      },
    });
    this.#listener = listener;
  }

  override listen(...parameters: unknown[]): void {
    const done = callbackOf(parameters);
    const ready = async (): Promise<void> => {
      await this.getInstance().ready();
      if (this.#listener !== undefined) this.openPort.serve(this.#listener);
    };
    ready().then(() => done(), done);
  }

  /** Fastify has not opened the port, so it would not close it either. */
  override async close(): Promise<void> {
    await this.openPort.close();
    await super.close();
  }
}

/** Nest passes port, host and a callback; the first two were decided before. */
function callbackOf(parameters: readonly unknown[]): Callback {
  const last = parameters.at(-1);
  return typeof last === 'function' ? (last as Callback) : () => undefined;
}
