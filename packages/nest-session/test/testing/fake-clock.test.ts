import { expect, test } from 'vitest';
import { SessionUsageError } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
  'advance(%s) rejects, as everything that returns a promise, and time goes on afterwards',
  async (ms) => {
    const clock = new FakeClock();
    const advancing = clock.advance(ms);
    await expect(advancing).rejects.toBeInstanceOf(SessionUsageError);
    await clock.advance(100);
    expect(clock.nowMs()).toBe(100);
  },
);

test.each([Number.NaN, Number.POSITIVE_INFINITY, '2026' as unknown as number])(
  'a clock does not start at %s',
  (startMs) => {
    expect(() => new FakeClock({ startMs })).toThrow(SessionUsageError);
    expect(() => new FakeClock({ startMs })).toThrow(/startMs is .*, expected milliseconds/);
  },
);

test('a clock may start long ago', async () => {
  const clock = new FakeClock({ startMs: 0 });
  await clock.advance(1);
  expect(clock.wallMs()).toBe(1);
});

/** Fails once, at its first time by the clock. */
function failsOnce(message: string): () => void {
  let isFirst = true;
  return () => {
    if (!isFirst) return;
    isFirst = false;
    throw new Error(message);
  };
}

const LATER_MS = 5 * 60_000;

test('a timer that throws fails the advance that ran it, and no other', async () => {
  const clock = new FakeClock();
  const stop = clock.every(LATER_MS, failsOnce('broken'));
  const first = clock.advance(LATER_MS);
  const second = clock.advance(1000);
  await expect(first).rejects.toThrow('broken');
  await second;
  await clock.advance(1000);
  expect(clock.nowMs()).toBe(LATER_MS + 2000);
  stop();
});

test('a timer that throws does not keep others of the same moment from running', async () => {
  const clock = new FakeClock();
  const ran: string[] = [];
  const stops = [
    clock.every(LATER_MS, failsOnce('broken')),
    clock.every(LATER_MS, () => ran.push('whole')),
  ];
  await expect(clock.advance(LATER_MS)).rejects.toThrow('broken');
  expect(ran).toEqual(['whole']);
  for (const stop of stops) stop();
});

test('when several timers throw at once, all of their errors are told', async () => {
  const clock = new FakeClock();
  const stops = ['one', 'two'].map((message) => clock.every(LATER_MS, failsOnce(message)));
  const failure = await clock.advance(LATER_MS).catch((error: AggregateError) => error);
  expect((failure as AggregateError).errors.map((error: Error) => error.message)).toEqual([
    'one',
    'two',
  ]);
  for (const stop of stops) stop();
});
