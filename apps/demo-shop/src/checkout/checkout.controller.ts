import { Body, Controller, Get, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { Session, type WizardState, type WizardStepResult } from '@understudy/nest-session';
import { formFields, wholeNumber } from '../http/form-fields.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { type Reply, type SeeOther, seeOther } from '../pages/page.js';
import type { ShopSessionData } from '../shop-session.js';
import { CheckoutService, type ReviewedTotal } from './checkout.service.js';
import { isCheckoutStep } from './checkout.wizard.js';
import { checkoutProblem } from './checkout-problems.js';
import { showCheckout } from './show-checkout.js';

type ShopSession = Session<ShopSessionData>;

/** The checkout for people: a page per step, and a redirect after everything that was sent. */
@Controller('checkout')
@UseInterceptors(PageInterceptor)
export class CheckoutController {
  constructor(private readonly checkout: CheckoutService) {}

  /** Goes on with what was begun, so that nothing typed is asked twice. */
  @Post()
  async begin(@Session() session: ShopSession): Promise<SeeOther> {
    const runner = this.checkout.of(session);
    return seeOther(currentStep(runner.newestOpen() ?? (await runner.start())));
  }

  @Get(':instance')
  resume(@Param('instance') instance: string, @Session() session: ShopSession): SeeOther {
    return seeOther(currentStep(this.#find(session, instance)));
  }

  @Get(':instance/:step')
  step(
    @Param('instance') instance: string,
    @Param('step') step: string,
    @Query('saved') saved: unknown,
    @Session() session: ShopSession,
  ): Reply {
    const state = this.#find(session, instance);
    if (state.status === 'done' || !isCheckoutStep(step)) return seeOther(currentStep(state));
    const notice =
      saved === '1' ? 'What you typed is saved. Come back whenever you like.' : undefined;
    return showCheckout(this.checkout.wizard, session, { state, step, notice });
  }

  @Post(':instance/submit')
  async submit(
    @Param('instance') instance: string,
    @Body() body: unknown,
    @Session() session: ShopSession,
  ): Promise<Reply> {
    const fields = formFields(body);
    const revision = wholeNumber(fields.revision, Number.MAX_SAFE_INTEGER) ?? 0;
    const reviewed = reviewedTotal(fields);
    const result = await this.checkout.submit(session, instance, { revision, reviewed });
    if (result.status === 'done') return seeOther(`${currentStep(result.state)}?placed=1`);
    if (result.status === 'missing') throw checkoutProblem(this.checkout.wizard, result);
    if (result.status === 'refused') return seeOther(currentStep(result.state, result.step));
    const message = result.status === 'rejected' ? result.message : CHANGED_ELSEWHERE;
    return showCheckout(this.checkout.wizard, session, {
      state: result.state,
      step: 'review',
      issues: [{ path: '', message }],
      status: 409,
    });
  }

  @Post(':instance/:step')
  async answer(
    @Param('instance') instance: string,
    @Param('step') step: string,
    @Body() body: unknown,
    @Session() session: ShopSession,
  ): Promise<Reply> {
    const { action, revision, ...fields } = formFields(body);
    const write = {
      revision: wholeNumber(revision, Number.MAX_SAFE_INTEGER) ?? 0,
      step,
      fields,
    };
    const result = await this.#write(session, instance, write, action);
    switch (result.status) {
      case 'missing':
        throw checkoutProblem(this.checkout.wizard, result);
      case 'changed':
        return seeOther(
          action === 'save'
            ? `${currentStep(result.state, step)}?saved=1`
            : currentStep(result.state),
        );
      case 'refused':
        if (result.reason === 'too-large') throw checkoutProblem(this.checkout.wizard, result);
        return seeOther(currentStep(result.state, result.step));
      case 'invalid':
        return showCheckout(this.checkout.wizard, session, {
          state: result.state,
          step,
          issues: result.issues,
          typed: fields,
          status: 422,
        });
      case 'conflict':
        return showCheckout(this.checkout.wizard, session, {
          state: result.state,
          step,
          issues: [{ path: '', message: CHANGED_ELSEWHERE }],
          typed: fields,
          status: 409,
        });
    }
  }

  #write(
    session: ShopSession,
    instance: string,
    write: {
      readonly revision: number;
      readonly step: string;
      readonly fields: Readonly<Record<string, string>>;
    },
    action: string | undefined,
  ): Promise<WizardStepResult> {
    const runner = this.checkout.of(session);
    if (action === 'back') return runner.back(instance, write);
    if (action === 'save') return runner.draft(instance, write);
    return runner.submitStep(instance, write);
  }

  #find(session: ShopSession, instance: string): WizardState {
    const state = this.checkout.of(session).find(instance);
    if (state === undefined) throw checkoutProblem(this.checkout.wizard, { status: 'missing' });
    return state;
  }
}

const CHANGED_ELSEWHERE =
  'This checkout was changed in another tab. What you see is up to date; send it again.';

/** Where a checkout goes on: at its step, or at the order it ended in. */
function currentStep(state: WizardState, step = state.step): string {
  const orderId = state.outcome?.orderId;
  if (state.status === 'done' && typeof orderId === 'string') return `/orders/${orderId}`;
  return `/checkout/${state.instance}/${step}`;
}

function reviewedTotal(fields: Readonly<Record<string, string>>): ReviewedTotal | undefined {
  const total = wholeNumber(fields.total, Number.MAX_SAFE_INTEGER);
  const { currency } = fields;
  return total === undefined || currency === undefined ? undefined : { total, currency };
}
