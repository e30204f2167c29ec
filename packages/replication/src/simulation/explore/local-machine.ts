import { FrameCodec } from '../../codec/frame-codec.js';
import { msgpackRecordCodec } from '../../codec/record-codec.js';
import type { CallOutcome } from '../../core/calls/calls.js';
import type { CoreSettings } from '../../core/context.js';
import type { CoreEvent } from '../../core/events.js';
import type { Message } from '../../core/messages.js';
import { NodeCore } from '../../core/node-core.js';
import { decodeCopy } from '../../core/record/content.js';
import type { SessionRecord } from '../../core/record/record.js';

/** What a step made a node say. */
export interface Output {
  readonly to: string | undefined;
  readonly message: Message;
  readonly bytes: string;
}

/** What is to be seen of a node from outside. */
export interface View {
  readonly self: string;
  readonly role: 'owner' | 'backup' | 'none';
  readonly epoch: number;
  readonly seq: number;
  readonly owner: string;
  /** Whom the owner counts on. */
  readonly backups: readonly string[];
  readonly isVerified: boolean;
  /** The changes that its record contains. */
  readonly tokens: readonly string[];
}

/** One state of one node: everything that happened to it, as a path from the beginning. */
export interface LocalState {
  readonly id: number;
  readonly parent: LocalState | undefined;
  readonly event: CoreEvent | undefined;
  readonly outputs: readonly Output[];
  readonly settled: readonly { readonly id: number; readonly outcome: CallOutcome }[];
  readonly wantsRebirth: boolean;
  readonly view: View;
  readonly children: Map<string, LocalState>;
}

/** Cores kept ready to go on from; others are made anew from their events. */
const KEPT_CORES = 4000;

/**
 * One node under exploration. A core cannot be copied, but it is a function of its events: a state
 * is the list of them, kept as a tree, and a step that was made before is not made again, however
 * many interleavings with the other nodes contain it.
 */
export class LocalMachine {
  readonly #codec = new FrameCodec('explore');
  readonly #cores = new Map<LocalState, NodeCore>();
  readonly root: LocalState;
  states = 0;
  replayed = 0;

  constructor(
    private readonly settings: CoreSettings,
    private readonly key: string,
    private readonly bornMs: number,
  ) {
    const core = this.#newCore();
    this.root = this.#remember(core, undefined, undefined, [], [], false);
  }

  /** @param name Tells this event from all others that may happen in this state. */
  step(state: LocalState, name: string, event: CoreEvent): LocalState {
    const known = state.children.get(name);
    if (known) return known;
    const core = this.#take(state);
    const outputs: Output[] = [];
    const settled: { id: number; outcome: CallOutcome }[] = [];
    const wantsRebirth = this.#run(core, event, outputs, settled);
    const next = this.#remember(core, state, event, outputs, settled, wantsRebirth);
    state.children.set(name, next);
    return next;
  }

  /** Runs an event, and at its end what the turn has to send. */
  #run(
    core: NodeCore,
    event: CoreEvent,
    outputs: Output[],
    settled: { id: number; outcome: CallOutcome }[],
  ): boolean {
    let flushes = false;
    let wantsRebirth = false;
    for (const effect of core.step(event)) {
      switch (effect.kind) {
        case 'send':
        case 'broadcast': {
          const to = effect.kind === 'send' ? effect.to : undefined;
          outputs.push({ to, message: effect.message, bytes: this.#name(core, effect.message) });
          break;
        }
        case 'settle':
          settled.push({ id: effect.id, outcome: effect.result });
          break;
        case 'schedule-flush':
          flushes = true;
          break;
        case 'rebirth':
          wantsRebirth = true;
          break;
        default:
          break;
      }
    }
    if (!flushes) return wantsRebirth;
    return this.#run(core, { kind: 'flush', nowMs: event.nowMs }, outputs, settled) || wantsRebirth;
  }

  /** The bytes as a text that can be compared. */
  #name(core: NodeCore, message: Message): string {
    return Buffer.from(this.#codec.encode(core.self, message)).toString('latin1');
  }

  #take(state: LocalState): NodeCore {
    const ready = this.#cores.get(state);
    if (ready) {
      this.#cores.delete(state);
      return ready;
    }
    this.replayed++;
    const events: CoreEvent[] = [];
    for (let at: LocalState | undefined = state; at?.event; at = at.parent) events.push(at.event);
    const core = this.#newCore();
    for (const event of events.reverse()) this.#run(core, event, [], []);
    return core;
  }

  #newCore(): NodeCore {
    const incarnation = `${this.settings.id}~1`;
    return new NodeCore(this.settings, msgpackRecordCodec, incarnation, this.bornMs);
  }

  #remember(
    core: NodeCore,
    parent: LocalState | undefined,
    event: CoreEvent | undefined,
    outputs: readonly Output[],
    settled: LocalState['settled'],
    wantsRebirth: boolean,
  ): LocalState {
    const view = this.#view(core);
    const id = this.states++;
    const state = {
      id,
      parent,
      event,
      outputs,
      settled,
      wantsRebirth,
      view,
      children: new Map<string, LocalState>(),
    };
    this.#cores.set(state, core);
    if (this.#cores.size > KEPT_CORES) {
      this.#cores.delete(this.#cores.keys().next().value as LocalState);
    }
    return state;
  }

  #view(core: NodeCore): View {
    const record = core.records.get(this.key);
    const { self } = core;
    if (!record) {
      return {
        self,
        role: 'none',
        epoch: 0,
        seq: 0,
        owner: '',
        backups: [],
        isVerified: false,
        tokens: [],
      };
    }
    const { role, epoch, seq } = record;
    const owner = record.role === 'owner' ? self : record.owner;
    const isVerified = record.role === 'owner' && record.verifiedMs >= core.unverifiedSinceMs;
    const backups = record.role === 'owner' ? [...record.backups.keys()] : [];
    const tokens = tokensOf(record, core.nowMs);
    return { self, role, epoch, seq, owner, backups, isVerified, tokens };
  }
}

function tokensOf(record: SessionRecord, nowMs: number): string[] {
  const content =
    record.role === 'owner'
      ? record.content
      : decodeCopy(msgpackRecordCodec, record.base, record.tail, nowMs);
  return Object.keys(content.document.data).sort();
}
