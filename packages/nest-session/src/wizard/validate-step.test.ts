import { describe, expect, it } from 'vitest';
import { defineWizard } from './definition.js';
import { validateStep } from './validate-step.js';

const CARD = '4242424242424242';

/** Payment whose schema has one thing to say about the holder. */
const saying = (message: string) => {
  const issues = [{ path: ['holder'], message }];
  const schema = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
  } as const;
  return defineWizard({
    id: 'payment',
    version: 1,
    steps: { payment: { schema, volatile: ['card'] } },
    complete: () => ({}),
  });
};

describe('what a schema says of another field', () => {
  it.each<[string, unknown]>([
    ['is the volatile field', CARD],
    ['is in it', { number: CARD, cvc: 123 }],
    ['is deep in it', { cards: [{ digits: [CARD] }] }],
    ['is a number in it', { number: Number(CARD) }],
  ])('is not told where it quotes what %s', async (_where, card) => {
    const wizard = saying(`${CARD} is not a card of Ada`);
    expect(await validateStep(wizard, 'payment', { holder: 'Ada', card })).toMatchObject({
      status: 'invalid',
      issues: [{ path: 'holder', message: 'not accepted' }],
      draft: { holder: 'Ada' },
    });
  });

  it('is told where it does not, whatever the volatile field is', async () => {
    const deep: { inner?: unknown } = {};
    deep.inner = deep;
    for (const card of [{ number: CARD }, deep, '', null, [{}]]) {
      expect(await validateStep(saying('Use letters'), 'payment', { card })).toMatchObject({
        issues: [{ path: 'holder', message: 'Use letters' }],
      });
    }
  });
});
