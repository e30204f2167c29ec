import { appendFileSync } from 'node:fs';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { SESSION_CLUSTER } from '@understudy/nest-session';
import type { Cluster, ClusterEvent } from '@understudy/replication';
import { LIMITS } from '../limits.js';
import type { ShopSettings } from '../settings.js';
import { SETTINGS } from '../settings.token.js';

/**
 * What the cluster tells this node of members and sessions, a line of JSON each, for whoever finds out
 * later why a session is not what it should be. Sessions appear by the first characters of their hash.
 */
@Injectable()
export class EventJournal implements OnModuleInit, OnModuleDestroy {
  #stop: () => void = () => undefined;
  #bytes = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: ShopSettings,
    @Inject(SESSION_CLUSTER) private readonly cluster: Cluster,
  ) {}

  onModuleInit(): void {
    const { journalPath } = this.settings;
    if (journalPath === undefined) return;
    this.#write(journalPath, { kind: 'started' });
    this.#stop = this.cluster.on((event) => this.#write(journalPath, told(event)));
  }

  onModuleDestroy(): void {
    this.#stop();
  }

  #write(path: string, facts: object): void {
    const at = new Date().toISOString();
    const { nodeId } = this.settings;
    const line = `${JSON.stringify({ at, node: nodeId, pid: process.pid, ...facts })}\n`;
    this.#bytes += line.length;
    if (this.#bytes > LIMITS.maxJournalBytes) return;
    // At once: the process may be killed with the next line of code.
    appendFileSync(path, line);
  }
}

/** Without the whole key of a session that ended, which is for audit logs alone. */
function told(event: ClusterEvent): object {
  if (event.kind !== 'ended') return event;
  const { kind, keyHash, reason } = event;
  return { kind, keyHash, reason };
}
