import { isIdempotent } from '../retry/decide.js';
import { hasIdempotencyKey } from '../retry/idempotency-key.js';
import { withoutCookie } from '../routing/own-cookie-hidden.js';
import type { RequestFacts } from '../routing/request-facts.js';
import type { UpstreamRequest } from '../upstream/upstream.js';
import type { ProxyContext } from './context.js';
import type { ExchangeInput } from './exchange-input.js';
import type { HeaderList } from './header-list.js';
import type { RequestBody } from './request-body.js';
import { withFailedNode } from './request-headers.js';
import { collectSmall, openBody, trailersOf } from './take-body.js';

/** What a client asks, as nodes get it: the same for each one that it goes to, body included. */
export class ClientRequest {
  readonly facts: RequestFacts;
  readonly isKeyed: boolean;
  /** It may run twice. */
  readonly isRepeatable: boolean;
  readonly #context: ProxyContext;
  readonly #input: ExchangeInput;
  readonly #headers: HeaderList;
  #body: RequestBody | undefined;
  #collected: Buffer | undefined;

  constructor(context: ProxyContext, input: ExchangeInput) {
    this.#context = context;
    this.#input = input;
    const { request, accepted, client } = input;
    const { hiddenCookie } = context.policy;
    const headers = context.forwarding.headersFor(request.rawHeaders, client, accepted.host);
    this.#headers = hiddenCookie === undefined ? headers : withoutCookie(headers, hiddenCookie);
    this.isKeyed = hasIdempotencyKey(headers);
    this.isRepeatable = this.isKeyed || isIdempotent(this.method);
    this.facts = { request, connection: client };
  }

  get method(): string {
    return this.#input.request.method ?? 'GET';
  }

  get isUploading(): boolean {
    return this.#body !== undefined && !this.#body.ended;
  }

  /** All of the body that was taken so far is still here. */
  get isBodyReplayable(): boolean {
    return this.#body?.replayable ?? true;
  }

  /** Resolves when a node can be asked. Rejects with `BodyLostError`. */
  async takeBody(): Promise<void> {
    const { request, accepted, sink } = this.#input;
    this.#body = openBody(this.#context, request, sink);
    this.#collected = await collectSmall(this.#body, request, accepted, this.#context);
  }

  /** @param failedNode Label of the one that was tried in vain, if one was. */
  forNode(failedNode: string | undefined): UpstreamRequest {
    const { request, accepted, startTunnel } = this.#input;
    const body = this.#collected ?? this.#body?.open();
    return {
      method: this.method,
      path: accepted.path,
      headers: withFailedNode(this.#headers, failedNode),
      body,
      trailers: body === undefined ? undefined : () => trailersOf(request),
      upgrade: startTunnel === undefined ? undefined : 'websocket',
      verifyConnection: !this.isRepeatable,
    };
  }

  /** It will not go to another node. */
  release(): void {
    this.#body?.release();
  }

  /** Its client is gone. */
  lose(): void {
    this.#body?.lose();
  }

  /** Nobody reads any more what is still to come. */
  discard(): void {
    this.#body?.discard(this.#context.limits.discardBytes);
  }
}
