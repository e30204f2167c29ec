import type { NodeDirectory } from '../directory/node-directory.js';
import { UnknownNodeError } from '../errors.js';
import type { FleetView } from './fleet-view.js';

export interface ViewedDirectory extends NodeDirectory {
  readonly view: FleetView;
  /** False when it has a newer one. */
  replace(view: FleetView): boolean;
}

/** The nodes as the primary sees them. What is reported goes to `onUnreachable`. */
export function viewedDirectory(
  initial: FleetView,
  onUnreachable: (label: string) => void,
): ViewedDirectory {
  let view = initial;
  let nodes = view.nodes.map(({ facts }) => facts);
  const listeners = new Set<() => void>();
  return {
    get view() {
      return view;
    },
    replace(next) {
      if (next.number <= view.number) return false;
      view = next;
      nodes = next.nodes.map(({ facts }) => facts);
      for (const listener of [...listeners]) listener();
      return true;
    },
    nodes: () => nodes,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onFailover: () => () => {},
    reportUnreachable: onUnreachable,
    // Operators talk to the primary.
    requestState: (id) => Promise.reject(new UnknownNodeError(id)),
    async close() {
      listeners.clear();
    },
  };
}
