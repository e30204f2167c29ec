import { expect, test } from 'vitest';
import { readSessionAnswer } from './session-answer.js';
import { INITIAL_STATE, patchState, type SessionState } from './session-state.js';

test('a patch that changes nothing yields the same snapshot', () => {
  const state: SessionState = { ...INITIAL_STATE, principal: { id: 'ada', roles: ['x'] } };
  expect(patchState(state, { principal: { id: 'ada', roles: ['x'] }, node: null })).toBe(state);
  expect(patchState(state, {})).toBe(state);
});

test('a patch that changes something yields a new snapshot and leaves the old one alone', () => {
  const state: SessionState = INITIAL_STATE;
  const next = patchState(state, { node: 'n1' });
  expect(next).toEqual({ ...INITIAL_STATE, node: 'n1' });
  expect(state.node).toBeNull();
});

test.each(['{"authenticated":"yes"}', '{}', 'null', '[]', '<html>'])(
  'the answer %s of a stranger is not taken for one about the session',
  async (body) => {
    await expect(readSessionAnswer(new Response(body))).rejects.toBeInstanceOf(SyntaxError);
  },
);
