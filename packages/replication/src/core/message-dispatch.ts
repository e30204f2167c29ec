import { locate } from './calls/locate.js';
import type { CoreContext } from './context.js';
import type { Presence } from './membership/presence.js';
import type { Rebirth } from './membership/rebirth.js';
import type { BuriedKey, Message } from './messages.js';
import type { NodeParts } from './node-parts.js';
import type { Incarnation } from './record/record.js';

type MessageOf<Kind extends Message['kind']> = Extract<Message, { readonly kind: Kind }>;
type AboutMembers = MessageOf<
  'heartbeat' | 'probe' | 'alive' | 'accuse' | 'obituary' | 'witness' | 'set-state' | 'failover'
>;
type AboutCopies = MessageOf<
  'replicate' | 'repair' | 'replicated' | 'link-gap' | 'bury' | 'buried'
>;
type AboutCalls = MessageOf<
  'call' | 'result' | 'moved' | 'locate' | 'located' | 'explain' | 'explained'
>;

/** Brings each message from another node to the part that it is for. */
export class MessageDispatch {
  constructor(
    private readonly context: CoreContext,
    private readonly parts: NodeParts,
    private readonly presence: Presence,
    private readonly rebirth: Rebirth,
  ) {}

  receive(from: Incarnation, message: Message): void {
    const { context, parts } = this;
    if (from === context.self) return;
    const { known, actions } = parts.membership.heard(from, context.nowMs);
    if (!known) {
      // Answered by an obituary, one would never end: two nodes that buried each other go on anew.
      if (message.kind === 'obituary') this.rebirth.readObituary(message.incarnation);
      else context.send(from, { kind: 'obituary', incarnation: from });
      if (message.kind === 'bury') this.#lastWill(message.buried);
      return;
    }
    this.presence.act(actions);
    parts.replicator.heard(from);
    this.#dispatch(from, message);
  }

  /**
   * What a node that is taken for dead says has ended: it may be gone by the time its word arrives, and
   * nobody else knows (sides, seed 4026). Not that an id was replaced, for the successor may be gone with it.
   */
  #lastWill(buried: readonly BuriedKey[]): void {
    const ended = buried.filter(({ reason }) => reason !== 'rotated');
    if (ended.length > 0) this.parts.burials.receive(ended, 'nobody', () => {});
  }

  #dispatch(from: Incarnation, message: Message): void {
    const { context, presence } = this;
    const { membership } = this.parts;
    switch (message.kind) {
      case 'heartbeat':
        presence.heard(from, message);
        return;
      case 'probe':
        context.send(from, { kind: 'alive' });
        return;
      case 'alive':
        return;
      case 'accuse':
        if (message.incarnation === context.self) presence.accused();
        else presence.act(membership.accused(message.incarnation, from, context.nowMs));
        return;
      case 'obituary':
        this.rebirth.readObituary(message.incarnation);
        return;
      case 'witness':
        presence.act(membership.witnessed(message.label, context.nowMs));
        return;
      case 'set-state':
        if (message.id === context.settings.id) {
          presence.changeState(message.state === 'drain' ? 'draining' : 'active');
        }
        return;
      case 'failover':
        return;
      default:
        this.#aboutCopies(from, message);
    }
  }

  #aboutCopies(from: Incarnation, message: Exclude<Message, AboutMembers>): void {
    const { replicator, burials } = this.parts;
    switch (message.kind) {
      case 'replicate':
      case 'repair':
        replicator.receive(from, message);
        return;
      case 'replicated':
        replicator.acknowledged(from, message);
        return;
      case 'link-gap':
        replicator.gap(from, message.linkEpoch);
        return;
      case 'bury':
        burials.receive(message.buried, `${from} ${message.request}`, () =>
          this.context.send(from, { kind: 'buried', request: message.request }),
        );
        return;
      case 'buried':
        burials.answered(message.request, from);
        return;
      default:
        this.#aboutCalls(from, message);
    }
  }

  #aboutCalls(from: Incarnation, message: Exclude<Message, AboutMembers | AboutCopies>): void {
    const { router, antiEntropy, inquiries } = this.parts;
    switch (message.kind) {
      case 'call':
        router.receive(from, message.request, message.call);
        return;
      case 'result':
        router.result(message.request, from, message.result);
        return;
      case 'moved':
        router.moved(message.request, from, message.owner);
        return;
      case 'locate': {
        const found = locate(this.context, message.key);
        this.context.send(from, { kind: 'located', request: message.request, found });
        return;
      }
      case 'located':
        if (antiEntropy.located(message.request, from, message.found)) return;
        router.located(message.request, from, message.found);
        return;
      case 'explain':
        inquiries.answer(from, message.request, message.key);
        return;
      case 'explained':
        inquiries.answered(message.request, from, message);
        return;
      default:
        this.#aboutLeaders(from, message);
    }
  }

  #aboutLeaders(
    from: Incarnation,
    message: Exclude<Message, AboutMembers | AboutCopies | AboutCalls>,
  ): void {
    const { context, parts, presence } = this;
    switch (message.kind) {
      case 'orphan':
        parts.orphans.receive(from, message);
        return;
      case 'adopted':
        parts.orphans.answered(from, message);
        return;
      case 'claim':
        // The claimer has found them gone: what nobody here has asked is to be looked into.
        for (const gone of message.gone ?? []) {
          presence.act(parts.membership.accused(gone, from, context.nowMs));
        }
        parts.claims.receive(from, message);
        return;
      case 'claimed':
        parts.claims.answered(message.request, from, message.answer);
        return;
      case 'grant': {
        const accepted = parts.handoffs.receive(from, message);
        context.send(from, { kind: 'granted', request: message.request, accepted });
        return;
      }
      case 'granted':
        parts.handoffs.answered(message.request, from, message.accepted);
        return;
      default:
        // What is left are the messages of anti-entropy: a kind that nobody handles fails to compile.
        parts.antiEntropy.receive(from, message);
    }
  }
}
