// @ts-check
// Defects in who leads a record, and in what it answers.

/** @type {readonly import('./types.js').Mutant[]} */
export const OWNER_MUTANTS = [
  {
    name: 'claim-without-new-epoch',
    number: 5,
    why: 'a takeover goes on under the epoch of the dead owner',
    edits: [
      {
        file: 'core/claims/claims.ts',
        find: 'claim.epoch = known + 1;',
        replace: 'claim.epoch = Math.max(1, known);',
      },
    ],
    profiles: ['kill', 'everything'],
  },
  {
    name: 'asks-recorded-backups-only',
    number: 6,
    why: 'a takeover asks whom its own copy names, which may be from before a change of backups',
    edits: [
      {
        file: 'core/claims/claims.ts',
        find: 'claim.awaiting = new Set([...context.membership.live()].map((member) => member.incarnation));',
        replace: `claim.awaiting = new Set(
      [...context.membership.live()]
        .map((member) => member.incarnation)
        .filter((member) => !claim.best || claim.best.backups.includes(member)),
    );`,
      },
    ],
    profiles: ['stumble'],
  },
  {
    name: 'dead-after-one-hint',
    number: 7,
    why: 'one "nobody listens" of the broker is enough to bury a node (nats-server 8233)',
    edits: [
      {
        file: 'core/membership/membership.ts',
        find: 'member.hintMs ??= nowMs;\n',
        replace:
          "if (member.status === 'alive') return [this.#become(member, 'dead', nowMs)];\n    member.hintMs ??= nowMs;\n",
      },
    ],
    profiles: ['calm', 'kill'],
  },
  {
    name: 'no-verification-after-pause',
    number: 8,
    why: 'a resumed owner serves what others have taken over (TSM 96, MSM 153)',
    edits: [
      {
        file: 'core/claims/verifier.ts',
        find: 'return isUnverified(this.context, record);',
        replace: 'return isUnverified(this.context, record) && false;',
      },
    ],
    profiles: ['pause', 'everything'],
  },
  {
    name: 'answered-before-held',
    number: 9,
    why: 'a change is answered as held when it was only sent (Tomcat, asynchronous)',
    edits: [
      {
        file: 'core/copies/backup-keeper.ts',
        find: "if (waiter.durability === 'async') {\n      waiter.done(copiesOf(record, waiter.seq));",
        replace:
          'if (waiter.seq >= 0) {\n      waiter.done(Math.max(1, copiesOf(record, waiter.seq)));',
      },
    ],
    profiles: ['kill', 'everything'],
  },
  {
    name: 'end-not-told',
    number: 11,
    why: 'other nodes do not learn that a session ended (GlassFish 15105)',
    edits: [
      {
        file: 'core/endings/burials.ts',
        find: 'of context.membership.live()) {\n      burial.untold',
        replace: 'of [...context.membership.live()].slice(0, 0)) {\n      burial.untold',
      },
    ],
    profiles: ['kill', 'rolling', 'everything'],
  },
  {
    name: 'end-forgotten-after-a-second',
    number: 11,
    why: 'a tombstone goes before everything that could revive the session (express-session 632)',
    edits: [
      {
        file: 'core/endings/tombstones.ts',
        find: 'untilMs: Math.max(existing?.untilMs ?? 0, nowMs + buried.remainingMs),',
        replace:
          'untilMs: Math.max(existing?.untilMs ?? 0, nowMs + Math.min(1000, buried.remainingMs)),',
      },
    ],
    profiles: ['kill', 'partition', 'everything'],
  },
  {
    name: 'backup-expires-by-itself',
    number: 12,
    why: 'a copy goes when its own clock says so (Tomcat 53087, GlassFish 16615)',
    edits: [
      {
        file: 'core/endings/expiry.ts',
        find: "if (record.role === 'backup') return absoluteDeadlineMs + this.#garbageAfterMs;",
        replace: "if (record.role === 'backup') return record.idleDeadlineMs;",
      },
    ],
    profiles: ['calm', 'kill', 'everything'],
  },
  {
    name: 'deadline-not-extended-at-takeover',
    number: 13,
    why: 'a session expires early, for its last touches were too small to be told (WFLY-12587)',
    edits: [
      {
        file: 'core/owner/owner.ts',
        find: 'held.idleDeadlineMs + content.idleTimeoutMs / 10,',
        replace: 'held.idleDeadlineMs - content.idleTimeoutMs / 10,',
      },
    ],
    profiles: ['kill', 'rolling', 'everything'],
  },
  {
    name: 'no-expiry-after-takeover',
    number: 13,
    why: 'a record that was taken over never expires (WFLY-14076)',
    edits: [
      {
        file: 'core/owner/owner.ts',
        find: '      held.idleDeadlineMs + content.idleTimeoutMs / 10,\n      nowMs + content.idleTimeoutMs,\n',
        replace: '',
      },
    ],
    profiles: ['kill', 'everything'],
  },
  {
    name: 'rotation-in-two-steps',
    number: 14,
    why: 'the old id is buried at the backup before the new one is there (Tomcat 64560)',
    edits: [
      {
        file: 'core/owner/rotation.ts',
        find: "    kind: 'rotate',\n    key: call.to,\n    copy: keeper.copyOf(successor),\n    buried,\n",
        replace: "    kind: 'bury',\n    buried,\n",
      },
    ],
    profiles: ['kill', 'everything'],
  },
  {
    name: 'drain-leaves-early',
    number: 15,
    why: 'a node leaves before its records have their copies elsewhere (keycloak 37825)',
    edits: [
      {
        file: 'core/membership/may-leave.ts',
        find: 'if (core.records.size === 0) return true;',
        replace: 'if (core.records.size >= 0) return true;',
      },
    ],
    profiles: ['rolling', 'joins', 'everything'],
  },
  {
    name: 'joiner-serves-at-once',
    number: 16,
    why: 'a node takes requests before it knows the others (keycloak 52088)',
    edits: [
      {
        file: 'simulation/sim-process.ts',
        find: 'const JOIN_MS = 400;',
        replace: 'const JOIN_MS = 0;',
      },
    ],
    profiles: ['joins', 'rolling', 'kill'],
  },
  {
    name: 'judges-without-bus',
    number: 20,
    why: 'while the broker is away everybody looks dead, and is replaced',
    edits: [
      {
        file: 'core/membership/membership.ts',
        find: 'if (!this.#busConnected) return actions;',
        replace: '',
      },
    ],
    profiles: ['bus', 'broker', 'everything'],
  },
  {
    name: 'applied-ids-lost-at-takeover',
    number: 'extra',
    why: 'a call that is repeated at the new owner is applied again',
    edits: [
      {
        file: 'core/owner/owner.ts',
        find: 'adoptedContent(this.context, held, read, isApart || this.#isOutOfSight(held));',
        replace:
          '{ ...adoptedContent(this.context, held, read, isApart || this.#isOutOfSight(held)), applied: [] };',
      },
    ],
    profiles: ['kill', 'rolling', 'everything'],
  },
  {
    name: 'journal-not-checked-at-commit',
    number: 'extra',
    why: 'two requests with one key both take effect when the first reservation was given up',
    edits: [
      {
        file: 'core/owner/changes.ts',
        find: 'const first = findInJournal(record.content.journal, call.journal.key);\n      if (first) {',
        replace:
          'const first = findInJournal(record.content.journal, call.journal.key);\n      if (first && call.exact) {',
      },
    ],
    profiles: ['kill', 'pause', 'everything'],
  },
  {
    name: 'owner-answers-after-grant',
    number: 'extra',
    why: 'a record that is being given away is still changed',
    edits: [
      {
        file: 'core/claims/handoffs.ts',
        find: 'isFrozen(key: string): boolean {\n    return this.#byKey.has(key);',
        replace:
          'isFrozen(key: string): boolean {\n    return this.#byKey.has(key) && key === undefined;',
      },
    ],
    profiles: ['rolling', 'joins', 'everything'],
  },
  {
    name: 'tier-write-unversioned',
    number: 'extra',
    why: 'the store behind the nodes takes an older copy, or one of a session that ended',
    edits: [
      {
        file: 'simulation/sim-tier.ts',
        find: 'this.shape.careless ? undefined : this.find(key);',
        replace: 'this.shape.careless === undefined ? undefined : this.find(key);',
      },
    ],
    profiles: ['calm', 'kill'],
  },
];
