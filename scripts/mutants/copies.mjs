// @ts-check
// Defects in what a backup accepts and in what its owner believes of it.

/** @type {readonly import('./types.js').Mutant[]} */
export const COPY_MUTANTS = [
  {
    name: 'acknowledged-when-sent',
    number: 1,
    why: 'a change counts as held once it was sent (BackupManager, memcached-session-manager)',
    edits: [
      {
        file: 'core/copies/replicator.ts',
        find: 'this.context.send(to, { kind, linkEpoch, linkSeq, entries });',
        replace: `this.context.send(to, { kind, linkEpoch, linkSeq, entries });
      for (const entry of entries) {
        const stamp = entryStamp(entry);
        if (stamp) this.keeper().acknowledged(to, stamp.key, stamp.epoch, stamp.seq);
      }`,
      },
    ],
    profiles: ['kill', 'everything'],
  },
  {
    name: 'delta-without-base-dropped',
    number: 2,
    why: 'a delta to an unknown base is dropped in silence (DeltaManager)',
    edits: [
      {
        file: 'core/copies/copies.ts',
        find: "return { kind: 'refuse', refusal: { kind: 'need-snapshot', key: entry.key } };",
        replace: 'return KEEP;',
      },
    ],
    profiles: ['pause', 'everything', 'bus'],
  },
  {
    name: 'delta-on-older-base',
    number: 2,
    why: 'a delta is appended to a copy of another lineage (Tomcat 63441)',
    edits: [
      {
        file: 'core/copies/copies.ts',
        find: '!sameLineage(record, lineage) || entry.seq > record.seq + 1',
        replace: 'entry.seq > record.seq + 1',
      },
    ],
    profiles: ['kill', 'rolling', 'everything'],
  },
  {
    name: 'sequence-gap-off-by-one',
    number: 3,
    why: 'one change may be missing before the next is applied, also on the link below it',
    edits: [
      {
        file: 'core/copies/copies.ts',
        find: 'entry.seq > record.seq + 1',
        replace: 'entry.seq > record.seq + 2',
      },
      {
        file: 'core/copies/in-link.ts',
        find: "if (linkSeq !== this.#seq + 1) return 'gap';",
        replace: "if (linkSeq > this.#seq + 2) return 'gap';",
      },
    ],
    profiles: ['bus', 'broker', 'everything'],
  },
  {
    name: 'duplicate-applied-twice',
    number: 3,
    why: 'a change that is already in is applied again, when a frame comes twice',
    edits: [
      {
        file: 'core/copies/copies.ts',
        find: 'if (entry.seq <= record.seq) return KEEP;',
        replace: '',
      },
      {
        file: 'core/copies/in-link.ts',
        find: "if (linkSeq <= this.#seq) return 'duplicate';",
        replace: "if (linkSeq <= this.#seq) return 'apply';",
      },
    ],
    profiles: ['calm', 'kill', 'everything'],
  },
  {
    name: 'no-fencing',
    number: 4,
    why: 'a copy follows whoever sends something, also a deposed owner',
    edits: [
      {
        file: 'core/copies/copies.ts',
        find: 'if (fence && compareLineages(fence, lineage) > 0) {',
        replace: 'if (fence && compareLineages(fence, lineage) > 0 && entry.key === undefined) {',
      },
    ],
    profiles: ['pause', 'kill', 'everything'],
  },
  {
    name: 'older-snapshot-wins',
    number: 10,
    why: 'a whole copy replaces a newer one (Payara 7984), and frames of a former link are read',
    edits: [
      {
        file: 'core/copies/copies.ts',
        find: 'return older ? KEEP : {',
        replace: 'return false ? KEEP : {',
      },
      {
        file: 'core/copies/in-link.ts',
        find: "if (linkEpoch < this.#epoch) return 'stale';",
        replace: "if (linkEpoch < this.#epoch) return 'apply';",
      },
    ],
    profiles: ['partition', 'everything'],
  },
  {
    name: 'link-number-goes-on',
    number: 17,
    why: 'after a reconnect the frames are numbered on, with no new link',
    edits: [
      {
        file: 'core/copies/out-link.ts',
        find: '    this.#epoch = epoch;\n    this.#seq = 0;\n',
        replace: '',
      },
    ],
    profiles: ['bus', 'pause'],
  },
  {
    name: 'one-window-for-all',
    number: 22,
    why: 'a peer that does not answer stops the changes for all others (nats-server 5394)',
    edits: [
      {
        file: 'core/copies/replicator.ts',
        find: "for (const [to, link] of this.#out) this.#flushLink(to, link, 'replicate');",
        replace: `if ([...this.#out.values()].some(({ stalled }) => stalled)) return;
    for (const [to, link] of this.#out) this.#flushLink(to, link, 'replicate');`,
      },
    ],
    profiles: ['pause', 'everything'],
  },
  {
    name: 'unbounded-outage-buffer',
    number: 23,
    why: 'what a silent peer does not take is kept without end (nats.js)',
    edits: [
      {
        file: 'core/copies/out-link.ts',
        find: '      !this.stalled &&\n      this.#pending.length < LIMITS.linkPending &&\n      this.#pendingBytes < LIMITS.linkPendingBytes',
        replace: '      this.#pendingBytes >= 0',
      },
    ],
    profiles: ['pause', 'everything'],
  },
  {
    name: 'dropped-before-replaced',
    number: 24,
    why: 'the old copy goes before the new one is there',
    edits: [
      {
        file: 'core/copies/surplus-copies.ts',
        find: '([holder, progress]) => this.health.isHealthy(holder) && progress.ackedSeq >= record.seq,',
        replace: '([holder]) => this.health.isHealthy(holder),',
      },
      // It is looked at once more when the word is sent, and taken back.
      {
        file: 'core/copies/surplus-copies.ts',
        find: "if (record?.role !== 'owner' || this.context.settings.backups === 0) return true;",
        replace: "if (record?.role !== 'owner' || this.context.settings.backups >= 0) return true;",
      },
    ],
    profiles: ['rolling', 'joins', 'everything'],
  },
  {
    name: 'refusal-ends-the-frame',
    number: 26,
    why: 'what follows a refused entry is not applied, and yet acknowledged (Infinispan 17455)',
    edits: [
      {
        file: 'core/copies/replicator.ts',
        find: 'if (refusal) refusals.push(refusal);',
        replace: `if (refusal) {
        refusals.push(refusal);
        break;
      }`,
      },
    ],
    profiles: ['pause', 'everything'],
  },
];
