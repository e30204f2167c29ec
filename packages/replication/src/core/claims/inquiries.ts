import { copiesOf, locate } from '../calls/locate.js';
import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { HeldCopy, Located } from '../messages.js';
import type { Incarnation } from '../record/record.js';

/** What one node knows of a record; `found` is absent when it did not answer in time. */
export interface Testimony {
  readonly incarnation: Incarnation;
  readonly label: string;
  readonly found: Located | undefined;
  readonly copies: readonly HeldCopy[];
}

interface Inquiry {
  readonly key: string;
  readonly awaiting: Map<Incarnation, string>;
  readonly testimonies: Testimony[];
  readonly untilMs: number;
  readonly done: (testimonies: readonly Testimony[]) => void;
}

/** How long a node may take to say what it knows. */
const PATIENCE_MS = 1000;

/** Asks every node what it knows of a key, for whoever looks into it; decides nothing. */
export class Inquiries {
  readonly #open = new Map<number, Inquiry>();

  constructor(private readonly context: CoreContext) {}

  start(key: string, done: Inquiry['done']): void {
    const { context } = this;
    const request = context.nextRequest();
    const members = [...context.membership.live()];
    const inquiry: Inquiry = {
      key,
      awaiting: new Map(members.map((each) => [each.incarnation, each.heartbeat.label])),
      testimonies: [this.#own(key)],
      untilMs: context.nowMs + PATIENCE_MS,
      done,
    };
    this.#open.set(request, inquiry);
    for (const member of inquiry.awaiting.keys()) {
      context.send(member, { kind: 'explain', request, key });
    }
    if (inquiry.awaiting.size === 0) this.#end(request, inquiry);
    else if (this.#open.size > LIMITS.inquiries) this.#endOldest();
  }

  /** Another node asks. */
  answer(to: Incarnation, request: number, key: string): void {
    const { found, copies } = this.#own(key);
    if (found) this.context.send(to, { kind: 'explained', request, found, copies });
  }

  answered(
    request: number,
    from: Incarnation,
    answer: { readonly found: Located; readonly copies: readonly HeldCopy[] },
  ): void {
    const inquiry = this.#open.get(request);
    const label = inquiry?.awaiting.get(from);
    if (!inquiry || label === undefined) return;
    inquiry.awaiting.delete(from);
    const { found, copies } = answer;
    inquiry.testimonies.push({ incarnation: from, label, found, copies });
    if (inquiry.awaiting.size === 0) this.#end(request, inquiry);
  }

  tick(): void {
    for (const [request, inquiry] of this.#open) {
      if (this.context.nowMs >= inquiry.untilMs) this.#end(request, inquiry);
    }
  }

  #own(key: string): Testimony {
    const { context } = this;
    const { self, settings } = context;
    const found = locate(context, key);
    return { incarnation: self, label: settings.label, found, copies: copiesOf(context, key) };
  }

  #endOldest(): void {
    const [request, inquiry] = this.#open.entries().next().value as [number, Inquiry];
    this.#end(request, inquiry);
  }

  #end(request: number, inquiry: Inquiry): void {
    this.#open.delete(request);
    for (const [incarnation, label] of inquiry.awaiting) {
      inquiry.testimonies.push({ incarnation, label, found: undefined, copies: [] });
    }
    inquiry.done(inquiry.testimonies);
  }
}
