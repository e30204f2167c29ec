import { describe, expect, test } from 'vitest';
import { type Deadline, dueDeadlines } from './deadline.js';
import { DeadlineTeller } from './deadline-teller.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const deadline = (atMs: number, spanMs = HOUR_MS, of = 'form'): Deadline => ({
  event: 'near',
  of,
  atMs,
  spanMs,
  data: { of },
});

/** The deadlines that are told of, of one after the other. */
function toldOf(looks: readonly (readonly [nowMs: number, ...deadlines: Deadline[]])[]) {
  let told: ReadonlyMap<string, number> = new Map();
  return looks.map(([nowMs, ...deadlines]) => {
    const result = dueDeadlines(deadlines, told, nowMs);
    told = result.told;
    return result.due.map(({ of, atMs }) => [of, atMs]);
  });
}

describe('a deadline', () => {
  test.each<[string, number, number, boolean]>([
    ['not when more than two minutes are left', HOUR_MS, 2 * MINUTE_MS + 1, false],
    ['when two minutes are left', HOUR_MS, 2 * MINUTE_MS, true],
    ['not when more than a quarter of a short time is left', 4 * MINUTE_MS, MINUTE_MS + 1, false],
    ['when a quarter of a short time is left', 4 * MINUTE_MS, MINUTE_MS, true],
    ['up to its last moment', HOUR_MS, 1, true],
    ['not when it has come', HOUR_MS, 0, false],
    ['not when it has passed', HOUR_MS, -MINUTE_MS, false],
  ])('is told %s', (_name, spanMs, remainingMs, isTold) => {
    const [told] = toldOf([[1_000, deadline(1_000 + remainingMs, spanMs)]]);
    expect(told).toHaveLength(isTold ? 1 : 0);
  });

  test('is told once', () => {
    const near = deadline(HOUR_MS);
    const looks = [HOUR_MS - MINUTE_MS, HOUR_MS - 1_000, HOUR_MS].map((nowMs) => [nowMs, near]);
    expect(toldOf(looks as [number, Deadline][])).toEqual([[['form', HOUR_MS]], [], []]);
  });

  test('is told again when it has moved on and is near again', () => {
    const later = HOUR_MS + 30 * MINUTE_MS;
    expect(
      toldOf([
        [HOUR_MS - MINUTE_MS, deadline(HOUR_MS)],
        [HOUR_MS - MINUTE_MS, deadline(later)],
        [later - MINUTE_MS, deadline(later)],
        [later - 1_000, deadline(later)],
      ]),
    ).toEqual([[['form', HOUR_MS]], [], [['form', later]], []]);
  });

  test('is told again when it has moved on by less than that', () => {
    const later = HOUR_MS + 30_000;
    const looks = [deadline(HOUR_MS), deadline(later), deadline(later)];
    expect(toldOf(looks.map((each) => [HOUR_MS - 60_000, each]))).toEqual([
      [['form', HOUR_MS]],
      [['form', later]],
      [],
    ]);
  });

  test('is not told again when an older copy of the session is seen in between', () => {
    const later = HOUR_MS + 30_000;
    const looks = [deadline(HOUR_MS), deadline(later), deadline(HOUR_MS), deadline(later)];
    expect(toldOf(looks.map((each) => [HOUR_MS - 60_000, each])).flat()).toEqual([
      ['form', HOUR_MS],
      ['form', later],
    ]);
  });

  test('is of its own thing, of which nothing is kept once it is gone', () => {
    const nowMs = HOUR_MS - MINUTE_MS;
    const [one, other] = [deadline(HOUR_MS), deadline(HOUR_MS, HOUR_MS, 'other')];
    expect(
      toldOf([
        [nowMs, one],
        [nowMs, one, other],
      ]).flat(),
    ).toEqual([
      ['form', HOUR_MS],
      ['other', HOUR_MS],
    ]);
    const { told } = dueDeadlines([one, other], new Map(), nowMs);
    expect(told.size).toBe(2);
    expect(dueDeadlines([deadline(2 * HOUR_MS)], told, nowMs).told.size).toBe(1);
    expect(dueDeadlines([], told, nowMs).told.size).toBe(0);
  });
});

test('a stream is told what a deadline is of, and when it is', () => {
  const sent: unknown[] = [];
  const sink = { send: (...event: unknown[]) => void sent.push(event) };
  const source = { deadlinesIn: ({ form }: object & { form?: unknown }) => [form as Deadline] };
  const teller = new DeadlineTeller(sink, source, () => HOUR_MS - MINUTE_MS);
  const { data, ...times } = deadline(HOUR_MS);
  const form = { ...times, data: { of: String(data.of) } };
  const snapshot = { document: { data: { form }, system: {} } };
  for (let look = 0; look < 2; look++) teller.seen(snapshot);
  expect(sent).toEqual([['near', { of: 'form', at: new Date(HOUR_MS).toISOString() }]]);
});
