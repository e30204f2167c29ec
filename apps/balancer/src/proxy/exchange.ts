import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client } from '../edge/forwarded.js';
import type { FleetNode } from '../fleet.js';
import type { Availability } from '../health/health-state.js';
import { decideRetry, isIdempotent, type RetryFacts } from '../retry/decide.js';
import { hasIdempotencyKey } from '../retry/idempotency-key.js';
import { candidates, type Route } from '../routing/candidates.js';
import type { RequestFacts } from '../routing/request-facts.js';
import type { UpstreamHead, UpstreamRequest } from '../upstream/upstream.js';
import { Attempt, type AttemptResult } from './attempt.js';
import { doubtOf, evidenceOf, isNodesFault } from './blame.js';
import type { ProxyContext } from './context.js';
import type { ExchangeCause, ExchangeReport, FailedAttempt } from './exchange-report.js';
import { expiryProblem } from './expiry.js';
import type { HeaderList } from './header-list.js';
import type { AcceptedRequest } from './inspect-request.js';
import { type ProblemName, type ProblemReason, problemOf } from './problem.js';
import { RequestBody } from './request-body.js';
import { forwardedRequestTrailers, withFailedNode } from './request-headers.js';
import type { ResponseSink } from './response-sink.js';
import { withNodeCookie } from './set-affinity-cookie.js';

export interface ExchangeInput {
  readonly request: IncomingMessage;
  readonly accepted: AcceptedRequest;
  readonly client: Client;
  readonly sink: ResponseSink;
  /** Given for a WebSocket handshake: takes over when the node agrees. */
  readonly startTunnel: TunnelStart | undefined;
}

export type TunnelStart = (node: FleetNode, head: UpstreamHead, socket: Duplex) => void;

interface ExchangeEnd {
  readonly node?: FleetNode;
  readonly status?: number;
  readonly cause: ExchangeCause;
  readonly problem?: ProblemName;
  readonly reason?: ProblemReason | undefined;
}

const CLIENT_GONE: ExchangeEnd = { cause: 'client-gone' };
/** Something was thrown. */
const NO_END: ExchangeEnd = { cause: 'balancer-failed' };

type Failed = Extract<AttemptResult, { kind: 'failed' }>;

/** One client request: finds a node, sends it there, and finds another as long as that is safe. */
export class Exchange {
  readonly #context: ProxyContext;
  readonly #input: ExchangeInput;
  readonly #startedAtMs: number;
  readonly #headers: HeaderList;
  readonly #keyed: boolean;
  readonly #repeatable: boolean;
  readonly #facts: RequestFacts;
  readonly #route: Route;
  readonly #tried = new Set<FleetNode>();
  #body: RequestBody | undefined;
  #collected: Buffer | undefined;
  #attempt: Attempt | undefined;
  #failedNode: string | undefined;
  #failedAtMs: number | undefined;
  #firstByteMs: number | undefined;
  #attempts = 0;
  /** Why it is not known whether a node has run the request; undefined: none has. */
  #doubt: ProblemReason | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #cutOff = false;
  #followed = false;
  #repetitions = 0;
  readonly #failed: FailedAttempt[] = [];
  #owner: Availability | undefined;
  #end: ExchangeEnd | undefined;

  constructor(context: ProxyContext, input: ExchangeInput) {
    this.#context = context;
    this.#input = input;
    this.#startedAtMs = context.now();
    const { request, accepted, client } = input;
    this.#headers = context.forwarding.headersFor(request.rawHeaders, client, accepted.host);
    this.#keyed = hasIdempotencyKey(this.#headers);
    this.#repeatable = this.#keyed || isIdempotent(request.method ?? '');
    this.#facts = { request, connection: client };
    this.#route = context.policy.route(this.#facts);
    input.sink.onGone = () => {
      this.#attempt?.cancel();
      this.#body?.lose();
    };
  }

  /** Resolves when the response is complete, the client is gone, or a tunnel took over. */
  async run(): Promise<void> {
    const { totalMs } = this.#context.timeouts;
    if (totalMs > 0) this.#deadline = setTimeout(() => this.#expire(), totalMs);
    try {
      if (!(await this.#takeBody())) {
        this.#end = this.#cancelled();
        return;
      }
      this.#owner = this.#viewOfOwner();
      let node = this.#nextCandidate();
      if (node === undefined) this.#answer('no-node-available');
      while (node !== undefined) node = await this.#visit(node);
    } finally {
      clearTimeout(this.#deadline);
      if (this.#repetitions > 1) this.#context.activity.endRepeating();
      this.#body?.discard(this.#context.limits.discardBytes);
      this.#report();
    }
  }

  /** Small bodies are read before a node is bothered; false when the client left meanwhile. */
  async #takeBody(): Promise<boolean> {
    const { accepted, request, sink } = this.#input;
    if (accepted.body === 'none') return true;
    const { limits, timeouts } = this.#context;
    const body = this.#openBody(request, sink);
    this.#body = body;
    try {
      if (accepted.body === 'chunked') {
        await body.hold(timeouts.bodyHoldMs);
        if (body.ended && this.#trailers().length === 0) this.#collected = await body.collect();
      } else if (accepted.bodyBytes <= limits.replayBytes) {
        this.#collected = await body.collect();
      }
      return !sink.gone;
    } catch {
      return false;
    }
  }

  #openBody(source: IncomingMessage, sink: ResponseSink): RequestBody {
    const { limits, timeouts, counters, now } = this.#context;
    return new RequestBody({
      source,
      keepBytes: limits.replayBytes,
      maxBytes: limits.requestBodyBytes,
      idleMs: timeouts.clientBodyIdleMs,
      minBytesPerSecond: limits.minBodyBytesPerSecond,
      now,
      onRefused: (refused) => {
        const problem = problemOf('bad-request', { ...refused, title: 'Request refused' });
        // Otherwise it is reported with the exchange.
        if (sink.refuse(problem)) counters.problems.add('bad-request');
      },
    });
  }

  #trailers(): HeaderList {
    return forwardedRequestTrailers(this.#input.request.rawTrailers);
  }

  /** Sends the request to one node; returns the next node to visit, if any. */
  async #visit(node: FleetNode): Promise<FleetNode | undefined> {
    const result = await this.#send(node);
    switch (result.kind) {
      case 'answered':
        this.#end = { node, status: result.status, cause: this.#causeOf(result.complete) };
        return undefined;
      case 'upgraded':
        this.#end = { node, status: 101, cause: 'upgraded' };
        if (this.#input.startTunnel === undefined) result.socket.destroy();
        else this.#input.startTunnel(node, result.head, result.socket);
        return undefined;
      case 'cancelled':
        this.#end = this.#cancelled();
        return undefined;
      case 'failed':
        return this.#afterFailure(node, result);
    }
  }

  async #send(node: FleetNode): Promise<AttemptResult> {
    const { sink } = this.#input;
    if (sink.gone || sink.begun) return { kind: 'cancelled' };
    this.#tried.add(node);
    this.#attempts++;
    node.inFlight++;
    const { fleet } = this.#context;
    const sentAtMs = fleet.sent(node);
    const attempt = new Attempt({
      upstream: node.upstream,
      request: this.#upstreamRequest(),
      sink,
      dress: this.#dresser(node),
      timeouts: this.#context.timeouts,
      isUploading: () => this.#body !== undefined && !this.#body.ended,
      onCommitted: (isStream) => {
        if (isStream) clearTimeout(this.#deadline);
        this.#firstByteMs = fleet.answered(node, sentAtMs);
        this.#body?.release();
      },
    });
    this.#attempt = attempt;
    const onFall = (): void => {
      if (this.#mayMoveOn()) attempt.abandon();
    };
    node.onFall.add(onFall);
    try {
      attempt.start();
      const result = await attempt.result;
      this.#observe(node, result, sentAtMs);
      return result;
    } finally {
      fleet.released(node, sentAtMs);
      node.onFall.delete(onFall);
      node.inFlight--;
    }
  }

  /** What is added to a node's response; undefined, as nearly always, when nothing ever is. */
  #dresser(node: FleetNode): ((head: UpstreamHead) => UpstreamHead) | undefined {
    const { cookieFor } = this.#context.policy;
    if (cookieFor === undefined) return undefined;
    return (head) => {
      const answer = { label: node.label, headers: head.headers };
      return withNodeCookie(head, cookieFor(this.#facts, this.#route, answer));
    };
  }

  #observe(node: FleetNode, result: AttemptResult, sentAtMs: number): void {
    const { fleet } = this.#context;
    if (result.kind === 'upgraded') this.#firstByteMs = fleet.answered(node, sentAtMs);
    if (result.kind !== 'failed') return;
    const evidence = evidenceOf(result);
    if (evidence === 'answered') fleet.answered(node, sentAtMs);
    else if (evidence !== undefined) fleet.failed(node, evidence, sentAtMs);
  }

  /**
   * Whether waiting for a node that stopped answering can be given up: it may be frozen and go on
   * later, so only what may run twice moves on, and only to a node that is well.
   */
  #mayMoveOn(): boolean {
    return (
      this.#repeatable &&
      this.#repetitions === 0 &&
      (this.#body?.replayable ?? true) &&
      this.#nextCandidate()?.availability === 'up'
    );
  }

  #upstreamRequest(): UpstreamRequest {
    const { request, accepted, startTunnel } = this.#input;
    return {
      method: request.method ?? 'GET',
      path: accepted.path,
      headers: withFailedNode(this.#headers, this.#failedNode),
      body: this.#collected ?? this.#body?.open(),
      trailers: () => this.#trailers(),
      upgrade: startTunnel === undefined ? undefined : 'websocket',
      verifyConnection: !this.#repeatable,
    };
  }

  #afterFailure(node: FleetNode, failed: Failed): FleetNode | undefined {
    const { counters, activity, limits } = this.#context;
    const { failure } = failed;
    const blamed = isNodesFault(failed);
    this.#failed.push({ node, failure, blamed });
    // To name a node that is well, only because we could not reach it, would cost it its session.
    if (blamed && (failure === 'unreachable' || failure === 'lost')) {
      this.#failedNode = node.label;
      this.#failedAtMs ??= this.#context.now();
    }
    this.#doubt = doubtOf(failed) ?? this.#doubt;
    const next = failure === 'not-mine' ? this.#named(failed.notMine) : this.#nextCandidate();
    const facts: RetryFacts = {
      kind: failure,
      method: this.#input.request.method ?? 'GET',
      hasIdempotencyKey: this.#keyed,
      bodyReplayable: this.#body?.replayable ?? true,
      mayHaveRun: this.#doubt !== undefined,
      attempts: this.#attempts,
      maxAttempts: limits.attempts,
      repeated: this.#repetitions > 0,
      followed: this.#followed,
      budgetLeft: activity.budgetLeft,
      nodeLeft: next !== undefined,
    };
    const decision = decideRetry(facts);
    if (decision.action === 'answer') {
      this.#answer(decision.problem, this.#doubt);
      return undefined;
    }
    counters.retries.add(decision.reason);
    if (decision.reason === 'not-mine') this.#followed = true;
    if (decision.reason === 'lost') this.#countRepetition();
    return next;
  }

  #countRepetition(): void {
    this.#repetitions++;
    if (this.#repetitions === 2) this.#context.activity.beginRepeating();
  }

  /**
   * By the view of now, which may have changed while the last node was tried. A node on probation
   * gets what can be repeated rather than what cannot, as long as another is well.
   */
  #nextCandidate(): FleetNode | undefined {
    let probation: FleetNode | undefined;
    for (const node of candidates(this.#route, this.#context.fleet.nodes())) {
      if (this.#tried.has(node)) continue;
      if (probation !== undefined && node.availability !== 'up') break;
      if (this.#repeatable || !node.wantsSafeProbe) return node;
      probation ??= node;
    }
    return probation;
  }

  /** A node on probation is no better than a suspect for who is sent past it. */
  #viewOfOwner(): Availability | undefined {
    const label = this.#route.kind === 'session' ? this.#route.holders[0] : undefined;
    const owner = label === undefined ? undefined : this.#context.fleet.byLabel(label);
    if (owner === undefined || owner.availability === 'dead') return owner?.availability;
    return owner.onProbation ? 'suspect' : owner.availability;
  }

  #named(label: string | undefined): FleetNode | undefined {
    const node = label === undefined ? undefined : this.#context.fleet.byLabel(label);
    if (node === undefined || this.#tried.has(node)) return undefined;
    return node.availability === 'dead' ? undefined : node;
  }

  /** By the client, who left, or by a refusal of its body, or because time is over. */
  #cancelled(): ExchangeEnd {
    const { refusal } = this.#input.sink;
    if (refusal === undefined) return CLIENT_GONE;
    const { status, name, reason } = refusal;
    return { status, cause: 'problem', problem: name, reason };
  }

  #causeOf(complete: boolean): ExchangeCause {
    if (complete) return 'complete';
    if (this.#cutOff) return 'truncated';
    return this.#input.sink.gone ? 'client-gone' : 'truncated';
  }

  /** The exchange has taken too long; a response that has begun can only be cut off. */
  #expire(): void {
    const mayHaveRun = this.#doubt !== undefined || this.#attempt?.written === true;
    const problem = expiryProblem({ attempts: this.#attempts, mayHaveRun });
    this.#cutOff = this.#input.sink.refuse(problem);
  }

  #answer(name: ProblemName, reason?: ProblemReason): void {
    const problem = problemOf(name, { reason });
    this.#end = { status: problem.status, cause: 'problem', problem: name, reason };
    this.#input.sink.problem(problem);
  }

  #report(): void {
    const { node, status, cause, problem, reason } = this.#end ?? NO_END;
    const report: ExchangeReport = {
      request: this.#input.request,
      connection: this.#input.client,
      route: this.#route,
      owner: this.#owner,
      node,
      status,
      cause,
      problem,
      reason,
      attempts: this.#attempts,
      failed: this.#failed,
      startedAtMs: this.#startedAtMs,
      failedAtMs: this.#failedAtMs,
      endedAtMs: this.#context.now(),
      firstByteMs: this.#firstByteMs,
      bodyBytes: this.#attempt?.bodyBytes ?? 0,
    };
    for (const listener of this.#context.onExchange) listener(report);
  }
}
