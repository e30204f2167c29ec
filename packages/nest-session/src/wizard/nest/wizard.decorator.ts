import {
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import { SessionUsageError } from '../../errors.js';
import { noSession } from '../../platform/no-session.js';
import { contextExchange } from '../../platform/request-of.js';
import type { WizardDefinition } from '../definition.js';
import type { WizardData } from '../wizard-host.js';
import type { WizardRunner } from '../wizard-runner.js';
import { sessionWizard, type WizardRequest } from './session-wizard.js';
import { WizardRegistry } from './wizard-registry.js';

/** A wizard in the session of the request: `Wizard<typeof checkout>`. */
export type Wizard<Definition = WizardDefinition> =
  Definition extends WizardDefinition<infer Outcome, infer Submission>
    ? WizardRunner<WizardData, Outcome, Submission>
    : never;

interface Asked {
  readonly id: string;
  readonly request: WizardRequest;
}

/** Finds the definition: a parameter decorator has no providers, a pipe does. */
@Injectable()
class WizardPipe implements PipeTransform<Asked, WizardRunner<WizardData, never, never>> {
  constructor(@Inject(WizardRegistry) private readonly registry: WizardRegistry) {}

  transform({ id, request }: Asked): WizardRunner<WizardData, never, never> {
    const definition = this.registry.get(id);
    if (!definition) {
      throw new SessionUsageError(`no wizard ${JSON.stringify(id)}: WizardModule.register([…]) it`);
    }
    const { attempts } = this.registry;
    return sessionWizard(definition, request, attempts) as WizardRunner<WizardData, never, never>;
  }
}

const WizardParameter = createParamDecorator((id: string, context: ExecutionContext): Asked => {
  const exchange = contextExchange(context);
  if (!exchange) throw noSession(context);
  return { id, request: exchange };
});

/**
 * Injects a wizard of `WizardModule.register([…])`, tied to the session of the request:
 * `@Wizard('checkout') wizard: Wizard<typeof checkout>`.
 */
export const Wizard = (id: string): ParameterDecorator => WizardParameter(id, WizardPipe);
