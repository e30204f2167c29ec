import type { Message } from './messages.js';

/** Questions and answers; changes; the mass of copies and comparisons. */
export type MessageLane = 'control' | 'replication' | 'bulk';

/** Which connection a message travels on, so that none of the three delays another. */
export function laneOf(message: Message): MessageLane {
  switch (message.kind) {
    case 'replicate':
    case 'replicated':
      return 'replication';
    case 'repair':
    case 'digest-sums':
    case 'stamps':
    case 'mismatched':
    case 'ends':
    case 'orphan':
      return 'bulk';
    default:
      return 'control';
  }
}
