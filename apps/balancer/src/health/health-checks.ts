import { get } from 'node:http';
import { HEALTH_PATH } from '../contract.js';
import type { Fleet, FleetNode } from '../fleet.js';
import type { CheckResult } from './health-state.js';

export interface HealthCheckOptions {
  /** Between two checks of one node. Default 500. */
  readonly intervalMs: number;
  /** Until a check counts as failed. Default 1000. */
  readonly timeoutMs: number;
}

export const DEFAULT_HEALTH_CHECKS: HealthCheckOptions = { intervalMs: 500, timeoutMs: 1_000 };

/** Asks every node for its health, at most one check of a node at a time. */
export class HealthChecks {
  readonly #running = new Set<FleetNode>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly fleet: Fleet,
    readonly options: HealthCheckOptions,
  ) {}

  start(): void {
    this.fleet.onDoubt = (node) => void this.#look(node);
    this.#checkAll();
    this.#timer = setInterval(() => this.#checkAll(), this.options.intervalMs);
  }

  /** Takes over another interval. */
  restart(): void {
    this.stop();
    this.start();
  }

  stop(): void {
    this.fleet.onDoubt = undefined;
    clearInterval(this.#timer);
  }

  #checkAll(): void {
    this.fleet.refresh();
    for (const node of this.fleet.nodes()) {
      if (node.availability !== 'dead' && !this.#running.has(node)) void this.#check(node);
    }
  }

  async #check(node: FleetNode): Promise<void> {
    const { incarnation, url } = node.facts;
    if (url === undefined) return;
    this.#running.add(node);
    const startedAtMs = this.fleet.options.now();
    const { result } = await checkNode(url, this.options.timeoutMs);
    this.#running.delete(node);
    // The answer of a former process says nothing about its successor.
    if (node.facts.incarnation === incarnation) this.fleet.checked(node, result, startedAtMs);
  }

  /** Out of turn, for one question only: whether connections are refused. */
  async #look(node: FleetNode): Promise<void> {
    const { incarnation, url } = node.facts;
    if (url === undefined) return;
    const startedAtMs = this.fleet.options.now();
    const { refused } = await checkNode(url, this.options.timeoutMs);
    if (!refused || node.facts.incarnation !== incarnation) return;
    this.fleet.failed(node, 'refused', startedAtMs);
  }
}

interface Check {
  readonly result: CheckResult;
  /** Nobody listens at the address any more. */
  readonly refused: boolean;
}

/** One check on a connection of its own: it must prove that the node still accepts any. */
function checkNode(origin: string, timeoutMs: number): Promise<Check> {
  return new Promise((resolve) => {
    let refused = false;
    const request = get(`${origin}${HEALTH_PATH}`, { agent: false }, (response) => {
      // The timer stays armed: a body without end must not keep the connection.
      response.resume();
      response.once('error', () => {});
      resolve({ result: resultOf(response.statusCode), refused: false });
    });
    const timer = setTimeout(() => request.destroy(), timeoutMs);
    request.once('close', () => {
      clearTimeout(timer);
      resolve({ result: 'failed', refused });
    });
    request.on('error', ({ code }: NodeJS.ErrnoException) => {
      refused ||= code === 'ECONNREFUSED';
    });
  });
}

/**
 * 404 is "draining": proxies that take a node out on 404 then need no further setting. 503 is the
 * node's own word that it cannot serve.
 */
export function resultOf(status: number | undefined): CheckResult {
  switch (status) {
    case 200:
      return 'ready';
    case 404:
      return 'draining';
    case 503:
      return 'down';
    default:
      return 'failed';
  }
}
