import { Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import * as v from 'valibot';
import { ValidBody } from '../http/valid-body.js';
import type { Order } from '../orders/order.js';
import { OrdersService } from '../orders/orders.service.js';
import type { ShopSessionData } from '../shop-session.js';
import { CheckoutService } from './checkout.service.js';
import { checkoutProblem } from './checkout-problems.js';
import { type CheckoutView, viewCheckout } from './checkout-view.js';

type ShopSession = Session<ShopSessionData>;

const revision = v.pipe(
  v.number('expected the revision this write is based on'),
  v.integer('expected the revision this write is based on'),
);

/** Fields of the step beside the revision. */
const StepSchema = v.looseObject({ revision });
const SubmitSchema = v.object({ revision });

/** The checkout for programs; `docs/http.md` has the problems. */
@Controller('api/checkout')
export class CheckoutApiController {
  constructor(
    private readonly checkout: CheckoutService,
    private readonly orders: OrdersService,
  ) {}

  @Post()
  async start(@Session() session: ShopSession): Promise<CheckoutView> {
    return viewCheckout(this.checkout.wizard, await this.checkout.of(session).start());
  }

  @Get(':instance')
  state(@Param('instance') instance: string, @Session() session: ShopSession): CheckoutView {
    const { wizard } = this.checkout;
    const state = this.checkout.of(session).find(instance);
    if (state === undefined) throw checkoutProblem(wizard, { status: 'missing' });
    return viewCheckout(wizard, state);
  }

  /** With `?draft=1` keeps what was typed; without, validates it and goes on to the next step. */
  @Put(':instance/:step')
  async answer(
    @Param('instance') instance: string,
    @Param('step') step: string,
    @Query('draft') draft: unknown,
    @ValidBody(StepSchema) body: v.InferOutput<typeof StepSchema>,
    @Session() session: ShopSession,
  ): Promise<CheckoutView> {
    const { wizard } = this.checkout;
    const runner = this.checkout.of(session);
    const { revision, ...fields } = body;
    const write = { revision, step, fields };
    const result =
      draft === '1'
        ? await runner.draft(instance, write)
        : await runner.submitStep(instance, write);
    if (result.status !== 'changed') throw checkoutProblem(wizard, result);
    return viewCheckout(wizard, result.state);
  }

  @Post(':instance/submit')
  @HttpCode(200)
  async submit(
    @Param('instance') instance: string,
    @ValidBody(SubmitSchema) body: v.InferOutput<typeof SubmitSchema>,
    @Session() session: ShopSession,
  ): Promise<CheckoutView & { readonly order: Order | null }> {
    const { wizard } = this.checkout;
    const result = await this.checkout.submit(session, instance, body);
    if (result.status !== 'done') throw checkoutProblem(wizard, result);
    const order = await this.orders.findByKey(`checkout:${instance}`);
    return { ...viewCheckout(wizard, result.state), order: order ?? null };
  }
}
