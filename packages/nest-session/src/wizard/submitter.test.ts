import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { textFields } from '../../test/checkout-wizard.js';
import { SharedSession } from '../../test/shared-session.js';
import { WizardAttempts } from './attempts.js';
import { defineWizard } from './definition.js';
import { WizardRejectedError } from './errors.js';
import type { WizardData } from './wizard-host.js';
import { WizardRunner } from './wizard-runner.js';

interface ShopData extends WizardData {
  orders: string[];
}

type Outcome = { readonly orderId: string };

interface Run {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** A side effect whose end the test decides. */
function heldEffect() {
  const runs: Run[] = [];
  const complete = () =>
    new Promise<Outcome>((resolve, reject) => {
      runs.push({ resolve, reject });
    });
  return { runs, complete };
}

interface Times {
  nowMs: number;
}

/** A node: a process of its own, with its own definition. */
function nodeOf(session: SharedSession<ShopData>, clock: Times, complete: () => Promise<Outcome>) {
  const definition = defineWizard({
    id: 'checkout',
    version: 1,
    steps: { contact: { schema: textFields('email') } },
    settled: (data: ShopData, { orderId }) => {
      data.orders.push(orderId);
    },
    complete,
  });
  const attempts = new WizardAttempts({ leaseMs: 40, pollMs: 10 });
  return new WizardRunner(definition, session, () => clock.nowMs, undefined, { attempts });
}

async function answeredOn(runner: ReturnType<typeof nodeOf>) {
  const { instance, revision } = await runner.start();
  const fields = { email: 'ada@example.org' };
  const result = await runner.submitStep(instance, { revision, step: 'contact', fields });
  if (result.status !== 'changed') throw new Error(result.status);
  return { instance, submission: { revision: result.state.revision } };
}

async function shop() {
  const session = new SharedSession<ShopData>({ orders: [] });
  const clock = { nowMs: 1_000 };
  const here = heldEffect();
  const elsewhere = heldEffect();
  const node = nodeOf(session, clock, here.complete);
  const other = nodeOf(session, clock, elsewhere.complete);
  return { session, clock, here, elsewhere, node, other, ...(await answeredOn(node)) };
}

const until = (condition: () => boolean) => vi.waitUntil(condition, { interval: 1 });

describe('parallel submits of one process', () => {
  it('are one run of the side effect, and all wait for its outcome', async () => {
    const { session, here, node, instance, submission } = await shop();
    const submits = [1, 2, 3].map(() => node.submit(instance, submission));
    await until(() => here.runs.length > 0);
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(here.runs).toHaveLength(1);
    here.runs[0]?.resolve({ orderId: 'o-1' });
    for (const result of await Promise.all(submits)) {
      expect(result).toMatchObject({ status: 'done', outcome: { orderId: 'o-1' } });
    }
    expect(here.runs).toHaveLength(1);
    expect(session.data.orders).toEqual(['o-1']);
  });

  it('are all told when it was refused', async () => {
    const { here, node, instance, submission } = await shop();
    const submits = [node.submit(instance, submission), node.submit(instance, submission)];
    await until(() => here.runs.length > 0);
    here.runs[0]?.reject(new WizardRejectedError('sold-out', 'Somebody was faster.'));
    for (const result of await Promise.all(submits)) {
      expect(result).toMatchObject({ status: 'rejected', reason: 'sold-out' });
    }
    expect(here.runs).toHaveLength(1);
  });

  it('go on at once with what this process knows to be dead', async () => {
    const { here, node, instance, submission } = await shop();
    const first = node.submit(instance, submission);
    await until(() => here.runs.length > 0);
    here.runs[0]?.reject(new Error('a defect'));
    await expect(first).rejects.toThrow('a defect');
    const second = node.submit(instance, submission);
    await until(() => here.runs.length === 2);
    here.runs[1]?.resolve({ orderId: 'o-2' });
    expect(await second).toMatchObject({ status: 'done' });
  });
});

describe('a submit at another node', () => {
  it('is told to ask again while the first one counts, and runs nothing', async () => {
    const { here, elsewhere, node, other, instance, submission } = await shop();
    const first = node.submit(instance, submission);
    await until(() => here.runs.length > 0);
    expect(await other.submit(instance, submission)).toMatchObject({
      status: 'refused',
      reason: 'submitted',
      retryAfterMs: 40,
      state: { status: 'submitting' },
    });
    expect(elsewhere.runs).toHaveLength(0);
    here.runs[0]?.resolve({ orderId: 'o-1' });
    await first;
    expect(await other.submit(instance, submission)).toMatchObject({ status: 'done' });
    expect([here.runs.length, elsewhere.runs.length]).toEqual([1, 0]);
  });

  it('finds a claim renewed for as long as the side effect runs', async () => {
    const { session, clock, here, node, instance, submission } = await shop();
    const first = node.submit(instance, submission);
    await until(() => here.runs.length > 0);
    clock.nowMs = 5_000;
    await until(() => session.wizards?.[instance]?.claim?.untilMs === 5_040);
    here.runs[0]?.resolve({ orderId: 'o-1' });
    expect(await first).toMatchObject({ status: 'done', state: { claim: null } });
  });

  it('runs it again once the claim counts no more', async () => {
    const { session, clock, here, elsewhere, node, other, instance, submission } = await shop();
    void node.submit(instance, submission);
    await until(() => here.runs.length > 0);
    loseRenewals(session, clock, instance);
    const second = other.submit(instance, submission);
    await until(() => elsewhere.runs.length > 0);
    elsewhere.runs[0]?.resolve({ orderId: 'o-1' });
    expect(await second).toMatchObject({ status: 'done', outcome: { orderId: 'o-1' } });
  });
});

describe('an outcome that comes after all', () => {
  it('is stored although another run was refused and the form thrown away', async () => {
    const { session, here, elsewhere, other, instance, slow, second } = await twoRuns();
    elsewhere.runs[0]?.reject(new WizardRejectedError('sold-out', 'Somebody was faster.'));
    const failed = await second;
    if (failed.status !== 'rejected') throw new Error(failed.status);
    const { revision } = failed.state;
    expect(await other.cancel(instance, { revision })).toEqual({ status: 'cancelled' });
    here.runs[0]?.resolve({ orderId: 'o-1' });
    expect(await slow).toMatchObject({ status: 'done', outcome: { orderId: 'o-1' } });
    expect(session.data.orders).toEqual(['o-1']);
    expect(other.find(instance)).toMatchObject({ status: 'done', outcome: { orderId: 'o-1' } });
  });

  it('is waited for by one that is refused while another still runs', async () => {
    const { here, elsewhere, other, instance, slow, second } = await twoRuns();
    here.runs[0]?.reject(new WizardRejectedError('sold-out', 'Somebody was faster.'));
    expect(await slow).toMatchObject({ status: 'refused', retryAfterMs: 40 });
    expect(other.find(instance)?.status).toBe('submitting');
    elsewhere.runs[0]?.resolve({ orderId: 'o-1' });
    expect(await second).toMatchObject({ status: 'done' });
  });
});

/** A submit whose claim counts no more, and the one that another node began for that; both still run. */
async function twoRuns() {
  const { session, clock, here, elsewhere, node, other, instance, submission } = await shop();
  const slow = node.submit(instance, submission);
  await until(() => here.runs.length > 0);
  loseRenewals(session, clock, instance);
  const second = other.submit(instance, submission);
  await until(() => elsewhere.runs.length > 0);
  return { session, here, elsewhere, other, instance, slow, second };
}

/** As if the first node were cut off: what it renews does not arrive, and time passes. */
function loseRenewals(session: SharedSession<ShopData>, clock: Times, instance: string): void {
  const state = session.data.wizards?.[instance];
  if (!state?.claim) throw new Error('nothing is claimed');
  const cutOff = { ...state, claim: { ...state.claim, attempt: 'cut-off', untilMs: clock.nowMs } };
  session.data = { ...session.data, wizards: { ...session.data.wizards, [instance]: cutOff } };
}
