import { SubjectTree } from '../subject-tree.js';
import type { PublishOperation } from './operations.js';

/** One subscription of one client. */
export interface Subscription {
  readonly client: Receiver;
  readonly sid: string;
  readonly subject: string;
  readonly queue: string | undefined;
  delivered: number;
  /** Ends the subscription once so many messages were delivered. */
  max: number | undefined;
}

/** A client, as far as routing goes. */
export interface Receiver {
  /** Whether it wants its own messages back. */
  readonly echo: boolean;
  deliver(subscription: Subscription, message: PublishOperation): void;
  /** Called when a subscription has reached its maximum. */
  ended(subscription: Subscription): void;
}

/** Knows who listens to what and passes messages on. */
export class Router {
  readonly #subscriptions = new SubjectTree<Subscription>();

  /** @param random a number in [0, 1), picks the member of a queue group */
  constructor(private readonly random: () => number) {}

  add(subscription: Subscription): void {
    this.#subscriptions.add(subscription.subject, subscription);
  }

  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription.subject, subscription);
  }

  /** Returns whether anybody got the message. */
  route(from: Receiver, message: PublishOperation): boolean {
    let delivered = false;
    let groups: Map<string, Subscription[]> | undefined;
    for (const subscription of this.#subscriptions.match(message.subject)) {
      if (subscription.client === from && !from.echo) continue;
      if (subscription.queue === undefined) {
        deliver(subscription, message);
      } else {
        groups ??= new Map();
        const group = groups.get(subscription.queue);
        if (group === undefined) groups.set(subscription.queue, [subscription]);
        else group.push(subscription);
      }
      delivered = true;
    }
    for (const group of groups?.values() ?? []) {
      deliver(group[Math.floor(this.random() * group.length)] as Subscription, message);
    }
    return delivered;
  }

  /** The plain subscription through which a client hears about a subject, if any. */
  listening(client: Receiver, subject: string): Subscription | undefined {
    return this.#subscriptions
      .match(subject)
      .find((subscription) => subscription.client === client && subscription.queue === undefined);
  }
}

function deliver(subscription: Subscription, message: PublishOperation): void {
  subscription.delivered += 1;
  subscription.client.deliver(subscription, message);
  if (subscription.max !== undefined && subscription.delivered >= subscription.max) {
    subscription.client.ended(subscription);
  }
}
