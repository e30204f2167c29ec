import type { FallListener, FleetNode } from '../fleet.js';
import type { Availability } from '../health/health-state.js';
import { decideRetry } from '../retry/decide.js';
import { withoutSetCookie } from '../routing/own-cookie-hidden.js';
import type { UpstreamHead } from '../upstream/upstream.js';
import { Attempt, type AttemptOwner, type AttemptResult } from './attempt.js';
import { ClientRequest } from './client-request.js';
import type { ProxyContext } from './context.js';
import { type ExchangeEnd, endOfCancelled, NO_END } from './exchange-end.js';
import type { ExchangeInput } from './exchange-input.js';
import type { ExchangeCause, ExchangeReport, FailedAttempt } from './exchange-report.js';
import { expiryProblem } from './expiry.js';
import { Failures } from './failures.js';
import { NodeChoice } from './node-choice.js';
import { type ProblemName, type ProblemReason, problemOf } from './problem.js';
import type { SinkOwner } from './response-sink.js';
import { withNodeCookie } from './set-affinity-cookie.js';
import { Visit } from './visit.js';

const NONE_FAILED: readonly FailedAttempt[] = [];

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/** One client request: finds a node, sends it there, and finds another as long as that is safe. */
export class Exchange implements AttemptOwner, SinkOwner, FallListener {
  readonly #context: ProxyContext;
  readonly #input: ExchangeInput;
  readonly #startedAtMs: number;
  readonly #request: ClientRequest;
  readonly #choice: NodeChoice;
  /** Where the request is. */
  #visit: Visit | undefined;
  #attempt: Attempt | undefined;
  #firstByteMs: number | undefined;
  #failures: Failures | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #cutOff = false;
  #owner: Availability | undefined;
  #isOver = false;
  /** In the roster of those who wait for the node. */
  seat = -1;

  constructor(context: ProxyContext, input: ExchangeInput) {
    this.#context = context;
    this.#input = input;
    this.#startedAtMs = context.now();
    const request = new ClientRequest(context, input);
    this.#request = request;
    const route = context.policy.route(request.facts);
    this.#choice = new NodeChoice(context.fleet, route, request.isRepeatable);
    input.sink.owner = this;
  }

  start(): void {
    try {
      this.#start();
    } catch (error) {
      this.#conclude(NO_END, error);
    }
  }

  #start(): void {
    const { totalMs } = this.#context.timeouts;
    if (totalMs > 0) this.#deadline = setTimeout(() => this.#expire(), totalMs);
    const { accepted, sink } = this.#input;
    if (accepted.body === 'none') {
      this.#begin();
      return;
    }
    this.#request
      .takeBody()
      .then(
        () => {
          if (sink.gone) this.#conclude(endOfCancelled(sink));
          else this.#begin();
        },
        () => this.#conclude(endOfCancelled(sink)),
      )
      .catch((error) => this.#conclude(NO_END, error));
  }

  #begin(): void {
    this.#owner = this.#choice.viewOfOwner();
    const node = this.#choice.next();
    if (node === undefined) this.#answer('no-node-available');
    else this.#send(node);
  }

  #send(node: FleetNode): void {
    const { sink } = this.#input;
    if (sink.gone || sink.begun) {
      this.#conclude(endOfCancelled(sink));
      return;
    }
    const { fleet, timeouts, deadlines } = this.#context;
    const request = this.#request.forNode(this.#failures?.lostNode);
    this.#choice.tries(node);
    this.#visit = new Visit(fleet, node);
    node.waiting.add(this);
    const { upstream } = node;
    const attempt = new Attempt({ upstream, request, sink, timeouts, deadlines, owner: this });
    this.#attempt = attempt;
    attempt.start();
  }

  get isUploading(): boolean {
    return this.#request.isUploading;
  }

  dress(head: UpstreamHead): UpstreamHead {
    const { cookieFor, hiddenCookie } = this.#context.policy;
    const visit = this.#visit;
    if (cookieFor === undefined || visit === undefined) return head;
    const headers =
      hiddenCookie === undefined ? head.headers : withoutSetCookie(head.headers, hiddenCookie);
    const answer = { label: visit.node.label, headers };
    return withNodeCookie(
      headers === head.headers ? head : { ...head, headers },
      cookieFor(this.#request.facts, this.#choice.route, answer),
    );
  }

  onCommitted(isStream: boolean): void {
    if (isStream) clearTimeout(this.#deadline);
    this.#visit?.answered();
    this.#request.release();
  }

  onResult(result: AttemptResult): void {
    // Most are at their end with it. Whatever else comes of one happens when the caller is done.
    if (result.kind === 'answered' && result.complete) this.#afterAttempt(result);
    else queueMicrotask(() => this.#afterAttempt(result));
  }

  onDrain(): void {
    this.#attempt?.onDrain();
  }

  onGone(): void {
    this.#attempt?.cancel();
    this.#request.lose();
  }

  onFall(): void {
    if (this.#mayMoveOn()) this.#attempt?.abandon();
  }

  #afterAttempt(result: AttemptResult): void {
    try {
      const node = this.#visit?.node;
      // Given up after a defect.
      if (node === undefined) return;
      this.#leave(result);
      switch (result.kind) {
        case 'answered':
          this.#conclude({ node, status: result.status, cause: this.#causeOf(result.complete) });
          break;
        case 'upgraded':
          if (this.#input.startTunnel === undefined) result.socket.destroy();
          else this.#input.startTunnel(node, this.#input.client, result);
          this.#conclude({ node, status: 101, cause: 'upgraded' });
          break;
        case 'cancelled':
          this.#conclude(endOfCancelled(this.#input.sink));
          break;
        case 'failed':
          this.#afterFailure(node, result);
      }
    } catch (error) {
      this.#conclude(NO_END, error);
    }
  }

  /** The request is at no node any more. */
  #leave(result?: AttemptResult): void {
    const visit = this.#visit;
    if (visit === undefined) return;
    this.#visit = undefined;
    visit.node.waiting.delete(this);
    visit.end(result);
    this.#firstByteMs = visit.firstByteMs;
  }

  /**
   * Whether waiting for a node that stopped answering can be given up: it may be frozen and go on
   * later, so only what may run twice moves on, and only to a node that is well.
   */
  #mayMoveOn(): boolean {
    return (
      this.#request.isRepeatable &&
      (this.#failures?.repetitions ?? 0) === 0 &&
      this.#request.isBodyReplayable &&
      this.#choice.next()?.availability === 'up'
    );
  }

  #afterFailure(node: FleetNode, failed: Failed): void {
    const { counters, activity, limits, now } = this.#context;
    this.#failures ??= new Failures();
    const failures = this.#failures;
    failures.add(node, failed, now());
    const isNamed = failed.failure === 'not-mine';
    const next = isNamed ? this.#choice.named(failed.notMine) : this.#choice.next();
    const decision = decideRetry({
      kind: failed.failure,
      method: this.#request.method,
      hasIdempotencyKey: this.#request.isKeyed,
      bodyReplayable: this.#request.isBodyReplayable,
      mayHaveRun: failures.doubt !== undefined,
      attempts: this.#choice.attempts,
      maxAttempts: limits.attempts,
      repeated: failures.repetitions > 0,
      followed: failures.followed,
      budgetLeft: activity.budgetLeft,
      nodeLeft: next !== undefined,
    });
    if (decision.action === 'answer') {
      this.#answer(decision.problem, failures.doubt);
      return;
    }
    counters.retries.add(decision.reason);
    failures.goOn(decision.reason);
    if (decision.reason === 'lost' && failures.repetitions === 2) activity.beginRepeating();
    // There is one, or the decision would have been another.
    this.#send(next as FleetNode);
  }

  #causeOf(complete: boolean): ExchangeCause {
    if (complete) return 'complete';
    if (this.#cutOff) return 'truncated';
    return this.#input.sink.gone ? 'client-gone' : 'truncated';
  }

  /** The exchange has taken too long; a response that has begun can only be cut off. */
  #expire(): void {
    const mayHaveRun = this.#failures?.doubt !== undefined || this.#attempt?.written === true;
    const problem = expiryProblem({ attempts: this.#choice.attempts, mayHaveRun });
    this.#cutOff = this.#input.sink.refuse(problem);
  }

  #answer(name: ProblemName, reason?: ProblemReason): void {
    const problem = problemOf(name, { reason });
    this.#input.sink.problem(problem);
    this.#conclude({ status: problem.status, cause: 'problem', problem: name, reason });
  }

  /** Whatever comes now comes too late. */
  #conclude(end: ExchangeEnd, defect?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    let thrown = defect;
    try {
      this.#tidy();
      this.#report(end);
    } catch (error) {
      thrown ??= error;
    }
    if (thrown !== undefined) this.#attempt?.cancel();
    this.#input.onOver(thrown);
  }

  #tidy(): void {
    const { activity } = this.#context;
    clearTimeout(this.#deadline);
    this.#leave();
    if (this.#failures !== undefined && this.#failures.repetitions > 1) activity.endRepeating();
    this.#request.discard();
  }

  #report({ node, status, cause, problem, reason }: ExchangeEnd): void {
    const report: ExchangeReport = {
      request: this.#input.request,
      connection: this.#input.client,
      route: this.#choice.route,
      owner: this.#owner,
      node,
      status,
      cause,
      problem,
      reason,
      attempts: this.#choice.attempts,
      failed: this.#failures?.list ?? NONE_FAILED,
      startedAtMs: this.#startedAtMs,
      failedAtMs: this.#failures?.lostAtMs,
      endedAtMs: this.#context.now(),
      firstByteMs: this.#firstByteMs,
      bodyBytes: this.#attempt?.bodyBytes ?? 0,
    };
    for (const listener of this.#context.onExchange) listener(report);
  }
}
