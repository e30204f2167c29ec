import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { atEndOfTurn } from './end-of-turn.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what is written at the end of a turn', () => {
  test('is written in order, and not before', async () => {
    const written: string[] = [];
    for (const name of ['a', 'b', 'c']) atEndOfTurn(() => written.push(name));
    await Promise.resolve();
    expect(written).toEqual([]);
    await turn();
    expect(written).toEqual(['a', 'b', 'c']);
  });

  test('waits for the next turn when it is asked for while others are written', async () => {
    const written: string[] = [];
    atEndOfTurn(() => {
      written.push('a');
      atEndOfTurn(() => written.push('b'));
    });
    await turn();
    expect(written).toEqual(['a']);
    await turn();
    expect(written).toEqual(['a', 'b']);
  });

  test('is written although another one is at fault', async () => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const fault = once(process, 'uncaughtException');
    const written: string[] = [];
    atEndOfTurn(() => {
      throw new Error('a defect, on purpose');
    });
    atEndOfTurn(() => written.push('b'));
    expect((await fault)[0]).toMatchObject({ message: 'a defect, on purpose' });
    for (const listener of others) process.on('uncaughtException', listener);
    await turn();
    expect(written).toEqual(['b']);
  });
});
