import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  Optional,
} from '@nestjs/common';
import { SessionOptionError } from '../../errors.js';
import { needsServer } from '../../options/cookie-store.js';
import type { NormalizedSessionOptions } from '../../options/normalize-options.js';
import { NORMALIZED_OPTIONS } from '../../tokens.js';
import type { WizardDefinition } from '../definition.js';
import { WIZARD_DEFINITIONS, wizardController } from './wizard.controller.js';
import { WizardRegistry } from './wizard-registry.js';
import type { WizardPage } from './wizard-reply.js';

/** What `WizardModule.register()` takes beside the wizards. */
export interface WizardModuleOptions {
  /**
   * Where the ready-made controller is, such as `/forms`; its routes are in `docs/http.md`. Default
   * `false`: none, and your own controllers use `@Wizard()`.
   */
  readonly path?: string | false | undefined;
  /**
   * Where the page of an instance is, for browsers: they are sent there (303) after everything they
   * send. Default: `<path>/<wizard>/<instance>/<step>`, below the prefix of the request; pages that your
   * application serves.
   */
  readonly page?: WizardPage | undefined;
}

/** What `WizardModule.registerAsync()` takes. */
export interface WizardModuleAsyncOptions
  extends WizardModuleOptions,
    Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (
    ...args: never[]
  ) => readonly WizardDefinition[] | Promise<readonly WizardDefinition[]>;
}

const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/** One registry for the application, however often wizards are registered. */
@Module({ providers: [WizardRegistry], exports: [WizardRegistry] })
class WizardRegistryModule {}

/**
 * Multi-step forms of an application: makes `@Wizard('checkout')` known everywhere and, with `path`,
 * serves them.
 *
 * ```ts
 * @Module({ imports: [SessionModule.forRoot(), WizardModule.register([checkout], { path: '/forms' })] })
 * ```
 */
@Module({})
export class WizardModule {
  /** Throws `SessionOptionError` when `path` is none. */
  static register(
    definitions: readonly WizardDefinition[],
    options: WizardModuleOptions = {},
  ): DynamicModule {
    return moduleOf(options, { useFactory: () => definitions });
  }

  /** For wizards whose `complete` needs providers. */
  static registerAsync({ imports, inject, useFactory, ...options }: WizardModuleAsyncOptions) {
    return moduleOf(options, { useFactory: useFactory as never, inject: inject ?? [] }, imports);
  }

  constructor(
    @Inject(WizardRegistry) registry: WizardRegistry,
    @Inject(WIZARD_DEFINITIONS) definitions: readonly WizardDefinition[],
    @Optional() @Inject(NORMALIZED_OPTIONS) options?: NormalizedSessionOptions,
  ) {
    if (options) needsServer('WizardModule', 'steps are compared there')(options);
    for (const definition of definitions) registry.add(definition);
  }
}

function moduleOf(
  { path = false, page }: WizardModuleOptions,
  factory: Pick<FactoryProvider<readonly WizardDefinition[]>, 'useFactory' | 'inject'>,
  imports: ModuleMetadata['imports'] = [],
): DynamicModule {
  if (path !== false && (typeof path !== 'string' || !PATH.test(path))) {
    throw new SessionOptionError('WizardModule.path', path, "a path such as '/forms', or false");
  }
  return {
    module: WizardModule,
    // The registry is asked for where `@Wizard()` is used.
    global: true,
    imports: [...imports, WizardRegistryModule],
    providers: [{ provide: WIZARD_DEFINITIONS, ...factory }],
    controllers: path === false ? [] : [wizardController(path, page)],
    exports: [WizardRegistryModule],
  };
}
