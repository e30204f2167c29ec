import type { ClusterEvent } from '../api/cluster-api.js';
import type { ClusterLogger } from './logger.js';

/** Who is told what happens to the cluster; one that fails keeps nobody else from hearing it. */
export class ClusterListeners {
  readonly #listeners = new Set<(event: ClusterEvent) => void>();

  constructor(private readonly logger: ClusterLogger) {}

  add(listener: (event: ClusterEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: ClusterEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.logger.error(`a cluster listener failed: ${(error as Error).message}`);
      }
    }
  }
}
