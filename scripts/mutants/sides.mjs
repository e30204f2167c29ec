// @ts-check
// Defects in what nodes compare while all is quiet, in how sides that went on apart become one again,
// and in locks.

/** @type {readonly import('./types.js').Mutant[]} */
export const SIDE_MUTANTS = [
  {
    name: 'tie-not-broken',
    number: 5,
    why: 'two takeovers under one epoch are not ordered: both go on, or neither',
    edits: [
      {
        file: 'core/record/record.ts',
        find: 'return left.owner < right.owner ? -1 : 1;',
        replace: 'return 0;',
      },
    ],
    profiles: ['kill', 'partition', 'everything'],
  },
  {
    name: 'tombstones-absent-from-digest',
    number: 11,
    why: 'whoever missed an end, and whoever comes later, never hears of it',
    edits: [
      {
        file: 'core/anti-entropy/survey.ts',
        find: 'if (isRecent(tombstone.value, this.context.nowMs)) this.#ends.add(endStamp(tombstone.value));',
        replace: '',
      },
    ],
    profiles: ['rolling', 'kill', 'everything'],
  },
  {
    name: 'merge-by-wall-clock',
    number: 18,
    why: 'changes are dated by the clock of their node, whatever was before them (Olric)',
    edits: [
      {
        file: 'core/record/hybrid-clock.ts',
        find: 'this.#last = Math.max(this.#last + 1, this.#physical(nowMs));',
        replace: 'this.#last = this.#physical(nowMs);',
      },
      {
        file: 'core/record/hybrid-clock.ts',
        find: 'if (aheadMs === 0) this.#last = Math.max(this.#last, time);',
        replace: '',
      },
    ],
    profiles: ['sides'],
  },
  {
    name: 'merge-revives',
    number: 19,
    why: 'a side that changed a session keeps it, though the other side ended it',
    edits: [
      {
        file: 'core/record/node-records.ts',
        find: 'context.orphans.buried(this.table.get(buried.key), buried);',
        replace: `const apart = this.table.get(buried.key);
    if (apart?.role === 'owner' && apart.epoch !== buried.version.epoch) return;
    context.orphans.buried(apart, buried);`,
      },
    ],
    profiles: ['partition', 'swizzle', 'everything'],
  },
  {
    name: 'merge-mixes-protected',
    number: 19,
    why: 'half of the login of one side meets half of that of the other',
    edits: [
      {
        file: 'core/sides/merge-changes.ts',
        find: "operation.path[0] === 'data' && !sides.wholeKeys",
        replace: '!sides.wholeKeys',
      },
      {
        file: 'core/sides/lineage-merge.ts',
        find: '  mergeProtected(sides, draft);\n',
        replace: '',
      },
    ],
    profiles: ['sides'],
  },
  {
    name: 'digest-of-the-dead',
    number: 21,
    why: 'what a node held before it died is summed up for its next life, for ever (Phoenix)',
    edits: [
      {
        file: 'core/anti-entropy/survey.ts',
        find: 'if (stamp) digestOf(this.#led, holder).add(stamp);',
        replace: `if (!stamp) continue;
        digestOf(this.#led, holder).add(stamp);
        this.summed ??= new Map();
        this.summed.set(holder + stamp.key, { holder, stamp });`,
      },
      {
        file: 'core/anti-entropy/survey.ts',
        find: 'this.#led = new Map();\n    this.#held',
        replace: `this.#led = new Map();
    for (const { holder, stamp } of this.summed?.values() ?? []) {
      const { membership } = this.context;
      if (membership.isLive(holder)) continue;
      for (const { incarnation } of membership.live()) {
        const isNextLife = incarnation.split('~')[0] === holder.split('~')[0];
        if (isNextLife) digestOf(this.#led, incarnation).add(stamp);
      }
    }
    this.#held`,
      },
    ],
    profiles: ['kill', 'rolling', 'everything'],
  },
  {
    name: 'stale-lock-token',
    number: 'extra',
    why: 'whoever had the lock before writes after its next holder',
    edits: [
      {
        file: 'core/owner/locks.ts',
        find: 'return grant !== undefined && isSameToken(grant.token, token);',
        replace: 'return token !== undefined;',
      },
    ],
    profiles: ['calm', 'kill'],
  },
];
