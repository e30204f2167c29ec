import { expect, test } from 'vitest';
import { UnknownNodeError } from '../errors.js';
import {
  clusterDirectory,
  type ObservedCluster,
  type ObservedMember,
} from './cluster-directory.js';

const MEMBER: ObservedMember = {
  id: 'n1',
  label: 'l1',
  incarnation: 'n1~new',
  state: 'active',
  weight: 1,
  url: 'http://127.0.0.1:3001/',
  pid: 7,
  sessionsOwned: 1,
  sessionsHeld: 2,
};

/** A cluster that says what the test wants to hear about. */
function observed(members: readonly ObservedMember[], more: Partial<ObservedCluster> = {}) {
  const requests: string[] = [];
  const cluster: ObservedCluster = {
    members: () => members,
    onChange: () => () => {},
    onFailover: () => () => {},
    reportUnreachable: () => {},
    requestState: async (id, state) => void requests.push(`${state} ${id}`),
    close: async () => {},
    ...more,
  };
  return { directory: clusterDirectory(cluster), requests };
}

test('a member becomes a node with the origin of its URL', () => {
  const { directory } = observed([MEMBER]);
  expect(directory.nodes()).toEqual([{ ...MEMBER, url: 'http://127.0.0.1:3001', zone: undefined }]);
});

test.each(['nonsense', 'ftp://h', undefined])('the URL %s makes it unroutable, no more', (url) => {
  expect(observed([{ ...MEMBER, url }]).directory.nodes()[0]?.url).toBeUndefined();
});

test('a member with an impossible label is left out', () => {
  expect(observed([{ ...MEMBER, label: 'a.b' }]).directory.nodes()).toEqual([]);
});

test.each([
  ['before', ['dead', 'active']],
  ['behind', ['active', 'dead']],
] as const)('a dead predecessor listed %s a living node does not hide it', (_where, states) => {
  const members = states.map((state) => ({ ...MEMBER, state, incarnation: `n1~${state}` }));
  expect(
    observed(members)
      .directory.nodes()
      .map(({ state }) => state),
  ).toEqual(['active']);
});

test('requests are passed on for known nodes only', async () => {
  const { directory, requests } = observed([MEMBER]);
  await directory.requestState('n1', 'drain');
  await expect(directory.requestState('n2', 'drain')).rejects.toThrow(UnknownNodeError);
  expect(requests).toEqual(['drain n1']);
});

test('a report that cannot be sent does not disturb the request it came from', () => {
  const { directory } = observed([MEMBER], {
    reportUnreachable: () => {
      throw new Error('the bus is closed');
    },
  });
  expect(() => directory.reportUnreachable('l1')).not.toThrow();
});
