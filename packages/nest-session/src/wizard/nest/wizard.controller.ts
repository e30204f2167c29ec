import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Req,
  Res,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { SessionUsageError } from '../../errors.js';
import type { SessionExchange } from '../../exchange/session-exchange.js';
import { MAX_FLASH_MESSAGES } from '../../limits.js';
import { type AnyRequest, exchangeOf } from '../../platform/exchange-registry.js';
import type { WizardDefinition, WizardFields } from '../definition.js';
import { viewWizard, type WizardView } from '../view.js';
import type { WizardData } from '../wizard-host.js';
import type { WizardRunner } from '../wizard-runner.js';
import { jsonView } from './json-view.js';
import { sessionWizard } from './session-wizard.js';
import { wantsHtml } from './wants-html.js';
import { readWizardBody, type WizardBody } from './wizard-body.js';
import { missingWizard, type WizardSetback, wizardProblem } from './wizard-problem.js';
import { WizardRegistry } from './wizard-registry.js';
import {
  htmlSetback,
  pageBeside,
  WIZARD_FLASH,
  type WizardPage,
  type WizardSuccess,
} from './wizard-reply.js';

/** The wizards of one `WizardModule.register()`. */
export const WIZARD_DEFINITIONS = Symbol('WIZARD_DEFINITIONS');

/** Both frameworks' responses, as far as they agree. */
interface AnyResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

type Answer = WizardView | { readonly status: 'cancelled' } | undefined;

/** One request to one wizard. */
interface Call {
  readonly exchange: SessionExchange;
  readonly definition: WizardDefinition;
  readonly runner: WizardRunner<WizardData, WizardFields, WizardFields>;
  readonly response: AnyResponse;
  readonly page: WizardPage;
}

/** Makes the controller of `docs/http.md` (Forms in steps) for a path. */
export function wizardController(path: string, page?: WizardPage): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  class WizardController {
    constructor(
      @Inject(WIZARD_DEFINITIONS) private readonly definitions: readonly WizardDefinition[],
      @Inject(WizardRegistry) private readonly registry: WizardRegistry,
    ) {}

    /** Goes on with what was begun, so that nothing typed is asked twice; else begins. */
    @Post(':wizard')
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async begin(
      @Param('wizard') wizard: string,
      @Req() request: AnyRequest,
      @Res({ passthrough: true }) response: AnyResponse,
    ): Promise<Answer> {
      const call = this.#call(wizard, request, response);
      const found = call.runner.newestOpen();
      if (!found) response.status(201);
      return succeed(call, {
        status: 'changed',
        state: found ?? (await call.runner.start()),
      });
    }

    @Get(':wizard/:instance')
    @Header('Cache-Control', 'no-store')
    show(
      @Param('wizard') wizard: string,
      @Param('instance') instance: string,
      @Req() request: AnyRequest,
      @Res({ passthrough: true }) response: AnyResponse,
    ): Answer {
      const call = this.#call(wizard, request, response);
      const state = call.runner.find(instance);
      if (!state) throw missingWizard();
      return succeed(call, { status: 'changed', state });
    }

    @Put(':wizard/:instance/draft/:step')
    @Header('Cache-Control', 'no-store')
    async draft(
      @Param('wizard') wizard: string,
      @Param('instance') instance: string,
      @Param('step') step: string,
      @Body() body: unknown,
      @Req() request: AnyRequest,
      @Res({ passthrough: true }) response: AnyResponse,
    ): Promise<Answer> {
      const call = this.#call(wizard, request, response);
      const { revision, fields } = readBody(call, body);
      return reply(call, await call.runner.draft(instance, { revision, step, fields }));
    }

    @Post(':wizard/:instance/:action')
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async act(
      @Param('wizard') wizard: string,
      @Param('instance') instance: string,
      @Param('action') action: string,
      @Body() body: unknown,
      @Req() request: AnyRequest,
      @Res({ passthrough: true }) response: AnyResponse,
    ): Promise<Answer> {
      const call = this.#call(wizard, request, response);
      const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action as Action] : undefined;
      if (!act) throw missingWizard();
      return reply(call, await act(call.runner, instance, readBody(call, body)));
    }

    @Post(':wizard/:instance/goto/:step')
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    async goto(
      @Param('wizard') wizard: string,
      @Param('instance') instance: string,
      @Param('step') step: string,
      @Body() body: unknown,
      @Req() request: AnyRequest,
      @Res({ passthrough: true }) response: AnyResponse,
    ): Promise<Answer> {
      const call = this.#call(wizard, request, response);
      const { revision } = readBody(call, body);
      return reply(call, await call.runner.goto(instance, { revision, step }));
    }

    #call(wizard: string, request: AnyRequest, response: AnyResponse): Call {
      const exchange = exchangeOf(request);
      if (!exchange) throw new SessionUsageError('there is no session here');
      const definition = this.definitions.find(({ id }) => id === wizard);
      if (!definition) throw missingWizard();
      const runner = sessionWizard(definition, exchange, this.registry.attempts);
      return {
        exchange,
        definition,
        runner,
        response,
        page: page ?? pageBeside(path, exchange.facts.target),
      };
    }
  }
  return WizardController;
}

type Action = 'next' | 'back' | 'submit' | 'cancel';

const ACTIONS: Readonly<
  Record<
    Action,
    (
      runner: Call['runner'],
      instance: string,
      body: WizardBody,
    ) => Promise<WizardSuccess | WizardSetback>
  >
> = {
  next: (runner, instance, { revision, step = stepSeen(runner, instance, revision), fields }) =>
    runner.submitStep(instance, { revision, step, fields }),
  back: (runner, instance, { revision, step = stepSeen(runner, instance, revision), fields }) => {
    const typed = Object.keys(fields).length > 0 ? { fields } : {};
    return runner.back(instance, { revision, step, ...typed });
  },
  submit: (runner, instance, { revision }) => runner.submit(instance, { revision }),
  cancel: (runner, instance, { revision }) => runner.cancel(instance, { revision }),
};

/** Where the user was at that revision; a repetition comes when its own write has gone on. */
function stepSeen(runner: Call['runner'], instance: string, revision: number): string {
  const state = runner.find(instance);
  return (state?.last?.revision === revision ? state.last.step : state?.step) ?? '';
}

function readBody({ exchange }: Call, body: unknown): WizardBody {
  return readWizardBody(exchange.facts.header('content-type'), body);
}

function isHtml({ exchange }: Call): boolean {
  return wantsHtml(exchange.facts.header('accept'));
}

function reply(call: Call, result: WizardSuccess | WizardSetback): Answer {
  if (isSuccess(result)) return succeed(call, result);
  const html = isHtml(call) ? htmlSetback(call.definition, result, call.page) : undefined;
  if (!html) throw wizardProblem(call.definition, result);
  for (const message of html.messages.slice(0, MAX_FLASH_MESSAGES)) {
    call.exchange.handle.flash(WIZARD_FLASH, message);
  }
  return seeOther(call, html.location);
}

function succeed(call: Call, result: WizardSuccess): Answer {
  const { definition } = call;
  if (result.status === 'cancelled') {
    return isHtml(call) ? seeOther(call, '/') : { status: 'cancelled' };
  }
  if (isHtml(call)) return seeOther(call, call.page(viewWizard(definition, result.state)));
  return jsonView(definition, result.state);
}

function seeOther({ response }: Call, location: string): undefined {
  response.status(303);
  response.header('Location', location);
  return undefined;
}

function isSuccess(result: WizardSuccess | WizardSetback): result is WizardSuccess {
  return result.status === 'changed' || result.status === 'done' || result.status === 'cancelled';
}
