import { describe, expect, it } from 'vitest';
import { showsExactly } from '../../scripts/cluster/admin.mjs';
import { childEnvironment } from '../../scripts/cluster/child-environment.mjs';
import { parseStat } from '../../scripts/cluster/process-identity.mjs';
import { restartDelayMs } from '../../scripts/cluster/restart-delay.mjs';
import { isForeground } from '../../scripts/start/terminal.mjs';

describe('restartDelayMs', () => {
  it.each([
    [0, 200],
    [1, 200],
    [2, 400],
    [3, 800],
    [6, 6_400],
    [7, 10_000],
    [5_000, 10_000],
  ])('after %i quick deaths in a row is %i ms', (deaths, delayMs) => {
    expect(restartDelayMs(deaths)).toBe(delayMs);
  });
});

describe('childEnvironment', () => {
  it('passes on the shell, keeps out what configures us, and lets the given win', () => {
    const parent = {
      PATH: '/bin',
      HOME: '/',
      PORT: '80',
      NODE_ID: 'x',
      UNDERSTUDY_SECRET: 'x',
      SHOP_DATABASE: 'x',
      VITEST_POOL_ID: '1',
      PORTABLE: 'yes',
      EMPTY: undefined,
    };
    expect(childEnvironment(parent, { PORT: '0', HOME: '/root' })).toEqual({
      PATH: '/bin',
      HOME: '/root',
      PORTABLE: 'yes',
      PORT: '0',
    });
  });
});

describe('proc(5) stat', () => {
  const line = (group: number, foreground: number) =>
    `42 (a) b (c) S 1 ${group} 42 34816 ${foreground} 4194304 0 0 0 0 0 0 0 0 20 0 7 0 987654 0`;

  it('is read past a command that holds spaces and parentheses', () => {
    const fields = parseStat(line(42, 42));
    expect(fields[0]).toBe('S');
    expect(fields[19]).toBe('987654');
  });

  it('tells a foreground process group from one in the background', () => {
    expect(isForeground(parseStat(line(42, 42)))).toBe(true);
    expect(isForeground(parseStat(line(42, 7)))).toBe(false);
    expect(isForeground(parseStat(line(42, -1)))).toBe(false);
  });

  it('is assumed to say foreground where there is none', () => {
    expect(isForeground(null)).toBe(true);
  });
});

describe('showsExactly', () => {
  const node = (id: string, pid: number, state = 'active') => ({
    id,
    pid,
    state,
    label: id,
    url: '',
    sessionsOwned: 0,
    sessionsHeld: 0,
  });
  const view = (...nodes: ReturnType<typeof node>[]) => ({ nodes, failovers: [] });

  it.each([
    ['all there', view(node('n1', 1), node('n2', 2)), true],
    ['a former life beside them', view(node('n1', 1), node('n2', 2), node('n2', 9, 'down')), true],
    ['one missing', view(node('n1', 1)), false],
    ['one draining', view(node('n1', 1), node('n2', 2, 'draining')), false],
    ['one still shown in its former life', view(node('n1', 1), node('n2', 9)), false],
    ['one too many', view(node('n1', 1), node('n2', 2), node('n3', 3)), false],
  ])('%s', (_, cluster, expected) => {
    const wanted = [
      { id: 'n1', pid: 1 },
      { id: 'n2', pid: 2 },
    ];
    expect(showsExactly(cluster, wanted)).toBe(expected);
  });
});
