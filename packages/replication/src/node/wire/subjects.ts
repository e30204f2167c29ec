import type { Incarnation } from '../../core/record/record.js';
import type { Lane } from '../../transport/transport.js';

/** Subjects of one cluster. They name clusters, incarnations and lanes, never sessions. */
export class Subjects {
  readonly #prefix: string;

  constructor(clusterName: string) {
    this.#prefix = `us1.${clusterName}`;
  }

  /** Everyone: heartbeats, accusations, reports of the balancer. */
  get all(): string {
    return `${this.#prefix}.all`;
  }

  /** One incarnation: a message to a dead process can never reach its successor. */
  node(incarnation: Incarnation, lane: Lane): string {
    return `${this.#prefix}.n.${incarnation}.${lane}`;
  }

  /** Where the bus reports that nobody listens at `target`. */
  inbox(self: Incarnation, target: Incarnation | '*'): string {
    return `${this.#prefix}.r.${self}.${target}`;
  }

  targetOf(inboxSubject: string): Incarnation {
    return inboxSubject.slice(inboxSubject.lastIndexOf('.') + 1);
  }
}
