import type { FleetNode } from '../fleet.js';
import type { RetryReason } from '../retry/decide.js';
import type { AttemptResult } from './attempt.js';
import { doubtOf, isNodesFault } from './blame.js';
import type { FailedAttempt } from './exchange-report.js';
import type { ProblemReason } from './problem.js';

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/** What has gone wrong with one request so far. Nearly every request has none of it. */
export class Failures {
  readonly #list: FailedAttempt[] = [];
  #lostNode: string | undefined;
  #lostAtMs: number | undefined;
  #doubt: ProblemReason | undefined;
  #followed = false;
  #repetitions = 0;

  /** In the order of the attempts. */
  get list(): readonly FailedAttempt[] {
    return this.#list;
  }

  /** The label of the node that was found gone last. */
  get lostNode(): string | undefined {
    return this.#lostNode;
  }

  /** When the first one was. */
  get lostAtMs(): number | undefined {
    return this.#lostAtMs;
  }

  /** Why it is not known whether a node has run the request; undefined: none has. */
  get doubt(): ProblemReason | undefined {
    return this.#doubt;
  }

  /** Whether a node was asked because another one had named it. */
  get followed(): boolean {
    return this.#followed;
  }

  /** How often the request was sent again although a node may have run it. */
  get repetitions(): number {
    return this.#repetitions;
  }

  add(node: FleetNode, failed: Failed, nowMs: number): void {
    const { failure } = failed;
    const blamed = isNodesFault(failed);
    this.#list.push({ node, failure, blamed });
    // To name a node that is well, only because we could not reach it, would cost it its session.
    if (blamed && (failure === 'unreachable' || failure === 'lost')) {
      this.#lostNode = node.label;
      this.#lostAtMs ??= nowMs;
    }
    this.#doubt = doubtOf(failed) ?? this.#doubt;
  }

  /** The request goes to another node. */
  goOn(reason: RetryReason): void {
    if (reason === 'not-mine') this.#followed = true;
    if (reason === 'lost') this.#repetitions++;
  }
}
