import type { Dump, DumpedRecord } from '../dump.js';
import type { Evidence, Violation } from './evidence.js';
import { mayBeSplit } from './excuses.js';

/** When all is quiet: one owner, complete copies where they belong, and nothing else. */
export function checkRest(evidence: Evidence): Violation[] {
  return [
    ...checkDump(evidence, evidence.atRest, 'rest'),
    ...checkDump(evidence, evidence.atEnd, 'end'),
  ];
}

function checkDump(evidence: Evidence, dump: Dump, when: string): Violation[] {
  const violations: Violation[] = [];
  for (const [key, records] of dump.records) {
    const buriedAt = dump.buriedAt.get(key) ?? [];
    const found: [string, string][] =
      buriedAt.length > 0
        ? [['half-buried', `buried at ${buriedAt.join(', ')}; ${shapeOf(records)}`]]
        : judge(key, records, dump, evidence);
    for (const [rule, text] of found) {
      violations.push({ rule: `${when}-${rule}`, atMs: dump.atMs, key, text });
    }
  }
  for (const { id, callsUnderWay, leakedBytes } of dump.nodes) {
    if (callsUnderWay > 0) {
      const text = `${callsUnderWay} calls never ended at ${id}`;
      violations.push({ rule: `${when}-stuck-call`, atMs: dump.atMs, text });
    }
    if (leakedBytes !== 0) {
      const text = `${leakedBytes} bytes in the slabs of ${id} belong to no record`;
      violations.push({ rule: `${when}-leaked-bytes`, atMs: dump.atMs, text });
    }
  }
  return violations;
}

function judge(
  key: string,
  records: readonly DumpedRecord[],
  dump: Dump,
  { backups, faults }: Evidence,
): [rule: string, text: string][] {
  const owners = records.filter((record) => record.role === 'owner');
  const [owner] = owners;
  const shape = shapeOf(records);
  if (!owner) return [['no-owner', shape]];
  if (owners.length > 1) {
    const everSplit = mayBeSplit(faults, 0, dump.atMs);
    return [[everSplit ? 'split-owners' : 'two-owners', shape]];
  }
  const found: [string, string][] = [];
  const wanted = Math.min(backups, dump.nodes.length - 1);
  const copies = records.filter(
    ({ role, epoch, seq, owner: leader }) =>
      role === 'backup' && epoch === owner.epoch && seq === owner.seq && leader === owner.owner,
  );
  if (copies.length < wanted) found.push(['too-few-copies', shape]);
  if (records.length - 1 > copies.length) found.push(['stray-copy', shape]);
  else if (copies.length > wanted) found.push(['surplus-copy', shape]);
  const text = JSON.stringify(owner.document);
  if (copies.some(({ document }) => JSON.stringify(document) !== text)) {
    found.push(['copies-differ', `${key}: ${shape}`]);
  }
  return found;
}

function shapeOf(records: readonly DumpedRecord[]): string {
  return records.map(describe).join('; ');
}

function describe(record: DumpedRecord): string {
  const { node, role, epoch, seq, owner, complete, backups } = record;
  return role === 'owner'
    ? `${node} owns ${epoch}.${seq} with ${backups.join(',')} (complete: ${complete.join(',')})`
    : `${node} holds ${epoch}.${seq} of ${owner}`;
}
