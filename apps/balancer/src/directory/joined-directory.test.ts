import { describe, expect, test } from 'vitest';
import { joinedDirectory, joinNodes } from './joined-directory.js';
import type { BalancerNode, Failover } from './node-directory.js';
import { staticDirectory } from './static-directory.js';

function node(label: string, more: Partial<BalancerNode> = {}): BalancerNode {
  const [listed] = staticDirectory([{ label, url: `http://${label}:1` }]).nodes();
  return { ...(listed as BalancerNode), ...more };
}

const shown = (nodes: readonly BalancerNode[]) =>
  nodes.map(({ label, id, state, url }) => `${label}/${id} ${state} ${url}`);

describe('nodes of a list and of a bus', () => {
  test.each<[string, BalancerNode[], BalancerNode[], string[]]>([
    ['both known to one', [node('a')], [], ['a/a active http://a:1']],
    ['each its own', [node('a')], [node('b')], ['b/b active http://b:1', 'a/a active http://a:1']],
    [
      'the bus knows better',
      [node('a')],
      [node('a', { id: 'n1', state: 'draining', url: 'http://bus:9' })],
      ['a/n1 draining http://bus:9'],
    ],
    [
      'an address that the bus does not know is taken from the list',
      [node('a')],
      [node('a', { id: 'n1', url: undefined })],
      ['a/n1 active http://a:1'],
    ],
    [
      'membership cannot declare a listed node dead',
      [node('a')],
      [node('a', { state: 'dead' })],
      ['a/a suspect http://a:1'],
    ],
    ['but another one it can', [], [node('a', { state: 'dead' })], ['a/a dead http://a:1']],
    [
      'one id under two labels would be one node with two addresses',
      [node('a', { id: 'n1' })],
      [node('b', { id: 'n1' })],
      ['b/n1 active http://b:1'],
    ],
  ])('%s', (_name, listed, onBus, expected) => {
    expect(shown(joinNodes(listed, onBus))).toEqual(expected);
  });
});

test('the list serves until the bus is reached, and both are heard from then on', async () => {
  const list = staticDirectory([{ label: 'a', url: 'http://a:1' }]);
  const onBus = staticDirectory([{ label: 'b', url: 'http://b:1' }]);
  const reports: string[] = [];
  let fail: (failover: Failover) => void = () => {};
  const bus = {
    ...onBus,
    reportUnreachable: (label: string) => void reports.push(label),
    onFailover: (listener: (failover: Failover) => void) => {
      fail = listener;
      return () => {};
    },
  };
  let open: (directory: typeof bus) => void = () => {};
  const opening = new Promise<typeof bus>((resolve) => {
    open = resolve;
  });
  const joined = joinedDirectory(list, opening);
  const views: string[] = [];
  const failovers: Failover[] = [];
  joined.onChange(() =>
    views.push(
      joined
        .nodes()
        .map((one) => one.label)
        .join(''),
    ),
  );
  joined.onFailover((failover) => failovers.push(failover));
  joined.reportUnreachable('a');
  expect(joined.nodes()).toHaveLength(1);
  open(bus);
  await opening;
  await Promise.resolve();
  list.replace([{ label: 'c', url: 'http://c:1' }]);
  onBus.replace([]);
  expect(views).toEqual(['ba', 'bc', 'c']);
  joined.reportUnreachable('c');
  expect(reports).toEqual(['c']);
  fail({ at: 1, from: 'a', to: 'b', sessions: 1, tookMs: 1 });
  expect(failovers).toHaveLength(1);
});

test('a node is drained by whoever knows it', async () => {
  const list = staticDirectory([{ label: 'a', url: 'http://a:1' }]);
  const bus = staticDirectory([{ label: 'b', url: 'http://b:1' }]);
  const joined = joinedDirectory(list, Promise.resolve(bus));
  await Promise.resolve();
  await joined.requestState('a', 'drain');
  await joined.requestState('b', 'drain');
  expect(list.nodes()[0]?.state).toBe('draining');
  expect(bus.nodes()[0]?.state).toBe('draining');
});

test('a bus that is reached after the end is closed at once', async () => {
  let closed = 0;
  const bus = { ...staticDirectory([]), close: async () => void closed++ };
  const opening = Promise.resolve(bus);
  await joinedDirectory(staticDirectory([]), opening).close();
  await opening;
  expect(closed).toBe(1);
});

describe('a list that is replaced', () => {
  const a = { label: 'a', url: 'http://a:1' };

  test('keeps what was said of a node by hand', () => {
    const list = staticDirectory([a]);
    list.setState('a', 'draining');
    list.replace([a, { label: 'b', url: 'http://b:1' }]);
    expect(list.nodes().map(({ state }) => state)).toEqual(['draining', 'active']);
  });

  test('forgets it when the node is another one, or the list says something new of it', () => {
    const list = staticDirectory([a]);
    list.setState('a', 'draining');
    list.replace([{ ...a, url: 'http://a:2' }]);
    expect(list.nodes()[0]?.state).toBe('active');
    list.setState('a', 'active');
    list.replace([{ ...a, url: 'http://a:2', state: 'draining' }]);
    expect(list.nodes()[0]?.state).toBe('draining');
  });
});
