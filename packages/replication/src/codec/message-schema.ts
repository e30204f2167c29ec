import type { Message } from '../core/messages.js';
import { type Schema, union } from './schema.js';
import { antiEntropyMessages } from './wire/anti-entropy-messages.js';
import { burialMessages } from './wire/burial-messages.js';
import { callMessages } from './wire/call-messages.js';
import { leadershipMessages } from './wire/leadership-messages.js';
import { linkMessages } from './wire/link-messages.js';
import { locateMessages } from './wire/locate-messages.js';
import { memberMessages } from './wire/member-messages.js';

/**
 * Every message of wire version 1. The order of this list is the format: append, never reorder or
 * remove. The families it is made of have no order of their own.
 */
export const message: Schema<Message> = union('kind', {
  heartbeat: memberMessages.heartbeat,
  probe: memberMessages.probe,
  alive: memberMessages.alive,
  accuse: memberMessages.accuse,
  obituary: memberMessages.obituary,
  witness: memberMessages.witness,
  'set-state': memberMessages['set-state'],
  failover: memberMessages.failover,
  call: callMessages.call,
  result: callMessages.result,
  moved: callMessages.moved,
  locate: locateMessages.locate,
  located: locateMessages.located,
  claim: leadershipMessages.claim,
  claimed: leadershipMessages.claimed,
  replicate: linkMessages.replicate,
  replicated: linkMessages.replicated,
  'link-gap': linkMessages['link-gap'],
  bury: burialMessages.bury,
  buried: burialMessages.buried,
  grant: leadershipMessages.grant,
  granted: leadershipMessages.granted,
  explain: locateMessages.explain,
  explained: locateMessages.explained,
  digest: antiEntropyMessages.digest,
  'digest-sums': antiEntropyMessages['digest-sums'],
  stamps: antiEntropyMessages.stamps,
  mismatched: antiEntropyMessages.mismatched,
  ends: antiEntropyMessages.ends,
  repair: linkMessages.repair,
  orphan: leadershipMessages.orphan,
  adopted: leadershipMessages.adopted,
}) as unknown as Schema<Message>;
