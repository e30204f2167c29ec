import type { AddressJournal } from './address-counts.js';
import type { TlsSessions } from './tls-sessions.js';

/** What the processes of one balancer have to have in common about clients. */
export interface Commons {
  readonly tlsSessions: TlsSessions;
  readonly addresses: AddressJournal;
}
