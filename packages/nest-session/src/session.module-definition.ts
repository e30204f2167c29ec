import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  type Provider,
  type Type,
} from '@nestjs/common';
import { healthController } from './endpoints/health.controller.js';
import { sessionController } from './endpoints/session.controller.js';
import { SessionOptionError } from './errors.js';
import type { SessionModuleExtras, SessionModuleOptions } from './session.options.js';
import { SESSION_EXTRAS } from './tokens.js';

/** The extras with every choice made. */
export interface ChosenExtras {
  readonly isGlobal: boolean;
  readonly endpoints: string | false;
  readonly health: string | false;
}

const DEFAULTS: ChosenExtras = { isGlobal: true, endpoints: '/session', health: '/healthz' };

const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

export const {
  ConfigurableModuleClass: SessionModuleBase,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<SessionModuleOptions>({ moduleName: 'Session' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSessionOptions')
  .setExtras<SessionModuleExtras>({ ...DEFAULTS }, addExtras)
  .build();

function addExtras(definition: DynamicModule, given: SessionModuleExtras): DynamicModule {
  const extras = chooseExtras(given);
  const controllers: Type<unknown>[] = [];
  if (extras.endpoints !== false) controllers.push(sessionController(extras.endpoints));
  if (extras.health !== false) controllers.push(healthController(extras.health));
  return {
    ...definition,
    global: extras.isGlobal,
    controllers: [...(definition.controllers ?? []), ...controllers],
    providers: [...(definition.providers ?? []), { provide: SESSION_EXTRAS, useValue: extras }],
  };
}

function chooseExtras(given: SessionModuleExtras): ChosenExtras {
  const extras = {
    isGlobal: given.isGlobal ?? DEFAULTS.isGlobal,
    endpoints: given.endpoints ?? DEFAULTS.endpoints,
    health: given.health ?? DEFAULTS.health,
  };
  for (const option of ['endpoints', 'health'] as const) {
    const path = extras[option];
    if (path !== false && (typeof path !== 'string' || !PATH.test(path))) {
      throw new SessionOptionError(option, path, "a path such as '/session', or false");
    }
  }
  return extras;
}

/** What `forRoot()` takes the place of: without it Nest would ask for symbols that nobody knows. */
export const WITHOUT_FOR_ROOT: Provider[] = [MODULE_OPTIONS_TOKEN, SESSION_EXTRAS].map(
  (provide) => ({
    provide,
    useFactory: () => {
      const expected = 'SessionModule.forRoot() or forRootAsync() in its place';
      throw new SessionOptionError('imports', 'SessionModule', expected);
    },
  }),
);

/** The token the options of `SessionModule` are provided under. */
export function getSessionOptionsToken(): string | symbol {
  return MODULE_OPTIONS_TOKEN;
}

/** Injects the options `SessionModule` was given. */
export const InjectSessionOptions = (): ParameterDecorator & PropertyDecorator =>
  Inject(MODULE_OPTIONS_TOKEN);
