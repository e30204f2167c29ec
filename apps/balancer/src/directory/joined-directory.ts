import type { BalancerNode, NodeDirectory } from './node-directory.js';

/**
 * The nodes of a list and those on a bus, which may be reached later or never. For a label that
 * both know the bus is believed, except that it cannot take a listed node away: whoever wrote it
 * down wants it tried, if last. Closing it closes both.
 */
export function joinedDirectory(
  list: NodeDirectory,
  opening: Promise<NodeDirectory>,
): NodeDirectory {
  let bus: NodeDirectory | undefined;
  let closed = false;
  const listeners = new Set<() => void>();
  const onFailover = new Set<Parameters<NodeDirectory['onFailover']>[0]>();
  const publish = (): void => {
    for (const listener of [...listeners]) listener();
  };
  list.onChange(publish);
  opening.then(
    (opened) => {
      if (closed) {
        void opened.close();
        return;
      }
      bus = opened;
      opened.onChange(publish);
      opened.onFailover((failover) => {
        for (const listener of [...onFailover]) listener(failover);
      });
      publish();
    },
    // Whoever opens it tells why it failed.
    () => {},
  );
  return {
    nodes: () => joinNodes(list.nodes(), bus?.nodes() ?? []),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onFailover(listener) {
      onFailover.add(listener);
      return () => onFailover.delete(listener);
    },
    reportUnreachable: (label) => bus?.reportUnreachable(label),
    requestState(id, state) {
      const isOnBus = bus?.nodes().some((node) => node.id === id) ?? false;
      return isOnBus && bus ? bus.requestState(id, state) : list.requestState(id, state);
    },
    async close() {
      closed = true;
      listeners.clear();
      onFailover.clear();
      await Promise.all([list.close(), bus?.close()]);
    },
  };
}

/** Each label and each id once. */
export function joinNodes(
  listed: readonly BalancerNode[],
  onBus: readonly BalancerNode[],
): readonly BalancerNode[] {
  const byLabel = new Map(listed.map((node) => [node.label, node]));
  const known = new Set(onBus.flatMap(({ label, id }) => [`label ${label}`, `id ${id}`]));
  return [
    ...onBus.map((node) => {
      const own = byLabel.get(node.label);
      if (own === undefined) return node;
      const state = node.state === 'dead' ? 'suspect' : node.state;
      return { ...node, state, url: node.url ?? own.url } as const;
    }),
    ...listed.filter(({ label, id }) => !known.has(`label ${label}`) && !known.has(`id ${id}`)),
  ];
}
