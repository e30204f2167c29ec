import { describe, expect, it, vi } from 'vitest';
import { textFields } from '../../test/checkout-wizard.js';
import { SharedSession } from '../../test/shared-session.js';
import type { UpdateOptions } from '../session/update-options.js';
import { WizardAttempts } from './attempts.js';
import { defineWizard } from './definition.js';
import { WizardDefinitionError, WizardRejectedError } from './errors.js';
import type { WizardData } from './wizard-host.js';
import { WizardRunner } from './wizard-runner.js';

/** Keeps how many copies each change was to wait for. */
class AskedSession extends SharedSession<WizardData> {
  readonly asked: unknown[] = [];

  override update<Result>(
    change: (draft: WizardData) => Result | Promise<Result>,
    options?: UpdateOptions,
  ): Promise<Result> {
    this.asked.push(options?.durability);
    return super.update(change);
  }
}

type Complete = () => Promise<Record<string, unknown>>;

const steps = { one: { schema: textFields('a') }, two: { schema: textFields('b') } };

function define(durability: unknown, complete: Complete = async () => ({})) {
  const options = { durability: durability as 'all' };
  return defineWizard({ id: 'trip', version: 1, steps, ...options, complete: () => complete() });
}

/** An instance whose steps are answered, in a session that has been asked for nothing since. */
async function answered(complete: Complete) {
  const session = new AskedSession({});
  const attempts = new WizardAttempts({ leaseMs: 40, pollMs: 10 });
  const context = { attempts };
  const runner = new WizardRunner(define('all', complete), session, () => 0, undefined, context);
  const { instance } = await runner.start();
  await runner.submitStep(instance, { revision: 1, step: 'one', fields: { a: 'x' } });
  await runner.submitStep(instance, { revision: 2, step: 'two', fields: { b: 'x' } });
  session.asked.splice(0);
  return { session, runner, instance };
}

describe('the durability of a wizard', () => {
  it.each([undefined, 'async', 'backup', 'all'])('may be %s', (durability) => {
    expect(define(durability).durability).toBe(durability);
  });

  it.each([
    ['replicated', '"replicated"'],
    ['toString', '"toString"'],
    [2, '2'],
    [null, 'null'],
  ])('cannot be %j', (durability, shown) => {
    expect(() => define(durability)).toThrow(WizardDefinitionError);
    expect(() => define(durability)).toThrow(
      `wizard "trip": durability is ${shown}, expected "async" or "backup" or "all"`,
    );
  });

  it('is that of every change, and of none when it has none', async () => {
    for (const durability of ['all', undefined] as const) {
      const session = new AskedSession({});
      const runner = new WizardRunner(define(durability), session);
      const { instance } = await runner.start();
      const one = { step: 'one', fields: { a: 'x' } };
      await runner.draft(instance, { ...one, revision: 1 });
      await runner.submitStep(instance, { ...one, revision: 2 });
      await runner.back(instance, { step: 'two', revision: 3 });
      await runner.goto(instance, { step: 'two', revision: 4 });
      expect(await runner.cancel(instance, { revision: 5 })).toEqual({ status: 'cancelled' });
      expect(session.asked).toEqual(Array(6).fill(durability));
    }
  });

  it('is that of the claim, its renewals and the outcome', async () => {
    const { session, runner, instance } = await answered(async () => {
      await vi.waitUntil(() => session.asked.length > 2, { interval: 1 });
      return {};
    });
    expect(await runner.submit(instance, { revision: 3 })).toMatchObject({ status: 'done' });
    expect(session.asked.length).toBeGreaterThan(3);
    expect(new Set(session.asked)).toEqual(new Set(['all']));
  });

  it('is that of a refusal, and of a claim that is let go', async () => {
    const rejected = await answered(async () => {
      throw new WizardRejectedError('sold-out', 'Somebody was faster.');
    });
    const { runner, instance } = rejected;
    expect(await runner.submit(instance, { revision: 3 })).toMatchObject({ status: 'rejected' });
    expect(rejected.session.asked).toEqual(['all', 'all']);
    const broken = await answered(async () => {
      throw new Error('a defect');
    });
    await expect(broken.runner.submit(broken.instance, { revision: 3 })).rejects.toThrow('defect');
    expect(broken.session.asked).toEqual(['all', 'all']);
  });
});
