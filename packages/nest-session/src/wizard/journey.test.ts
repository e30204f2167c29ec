import { describe, expect, it } from 'vitest';
import { textFields } from '../../test/checkout-wizard.js';
import { defineWizard, type WizardAnswers } from './definition.js';
import { firstOpenStep, visibleAnswers, visibleSteps } from './journey.js';

/** A gift may have a card, and a card may have a picture. */
const presents = defineWizard({
  id: 'presents',
  version: 1,
  steps: {
    gift: { schema: textFields('wanted') },
    card: { schema: textFields('picture'), when: ({ gift }) => gift?.wanted === 'yes' },
    picture: { schema: textFields('file'), when: ({ card }) => card?.picture === 'yes' },
    frame: { schema: textFields('colour'), when: ({ picture }) => picture !== undefined },
  },
  complete: () => ({}),
});

const all: WizardAnswers = {
  gift: { wanted: 'yes' },
  card: { picture: 'yes' },
  picture: { file: 'cat.png' },
  frame: { colour: 'red' },
};

describe('a journey that branches', () => {
  it('goes through every step whose condition is met', () => {
    expect(visibleSteps(presents, all)).toEqual(['gift', 'card', 'picture', 'frame']);
  });

  it('leaves out what hangs on a step that has left it', () => {
    const answers = { ...all, gift: { wanted: 'no' } };
    expect(visibleSteps(presents, answers)).toEqual(['gift']);
    // `complete` gets no picture for a card that nobody wants any more.
    expect(visibleAnswers(presents, answers)).toEqual({ gift: { wanted: 'no' } });
    expect(firstOpenStep(presents, { answers, stale: [] })).toBeUndefined();
  });

  it('does not ask for what hangs on answers that are out of it', () => {
    const { picture: _file, frame: _colour, ...answers } = all;
    const progress = { answers: { ...answers, gift: { wanted: 'no' } }, stale: [] };
    expect(firstOpenStep(presents, progress)).toBeUndefined();
  });

  it('finds what was answered again when a step comes back', () => {
    expect(visibleAnswers(presents, { ...all, gift: { wanted: 'yes' } })).toEqual(all);
  });
});
