import type { Testimony } from '../../core/claims/inquiries.js';
import type { CoreContext } from '../../core/context.js';
import type { Lineage } from '../../core/record/record.js';
import { formatVersion } from '../../core/record/version.js';
import { rank } from '../../placement/rank.js';
import type { FlightEvent } from './flight-recorder.js';
import { recordHandle } from './record-handle.js';

/** What one node said of a record. */
export interface NodeTestimony {
  readonly label: string;
  readonly incarnation: string;
  /** `silent`: it did not answer within a second. */
  readonly role: 'owner' | 'backup' | 'claiming' | 'buried' | 'none' | 'silent';
  /** What it holds, as `epoch.seq`. */
  readonly version?: string | undefined;
  /** Whose copy it holds, by incarnation. */
  readonly leader?: string | undefined;
  /** Whom it promised to follow, as `epoch@incarnation`. */
  readonly promised?: string | undefined;
  /** Of the owner: its copies, and how many changes each has not acknowledged. */
  readonly copies: readonly { readonly label: string; readonly lacks: number }[];
}

/** Everything that is known of one record, without a word of its contents. */
export interface RecordExplanation {
  /** The first characters of its key: what events and logs call it. */
  readonly keyHash: string;
  /** Labels in the order in which the nodes should own or hold it. */
  readonly placement: readonly string[];
  /** This node first. */
  readonly nodes: readonly NodeTestimony[];
  /** What happened to it at this node, oldest first. */
  readonly events: readonly FlightEvent[];
}

/** Puts the answers of all nodes together. */
export function explainRecord(
  context: CoreContext,
  key: string,
  testimonies: readonly Testimony[],
  events: readonly FlightEvent[],
): RecordExplanation {
  const ranked = rank(key, context.placementMembers());
  return {
    keyHash: recordHandle(key),
    placement: ranked.map((node) => context.labelOf(node.incarnation)),
    nodes: testimonies.map((testimony) => toNode(context, testimony)),
    events,
  };
}

function toNode(context: CoreContext, testimony: Testimony): NodeTestimony {
  const { label, incarnation, found } = testimony;
  const copies = testimony.copies.map(({ holder, lacks }) => ({
    label: context.labelOf(holder),
    lacks,
  }));
  const node = { label, incarnation, copies };
  switch (found?.role) {
    case undefined:
      return { ...node, role: 'silent' };
    case 'none':
      return { ...node, role: 'none', promised: lineageText(found.promised) };
    case 'owner':
      return { ...node, role: 'owner', version: formatVersion(found.version), leader: incarnation };
    case 'claiming':
      return { ...node, role: 'claiming', promised: lineageText({ ...found, owner: incarnation }) };
    case 'buried':
      return { ...node, role: 'buried', version: formatVersion(found.buried.version) };
    case 'backup':
      return {
        ...node,
        role: 'backup',
        version: formatVersion(found.version),
        leader: found.owner,
        promised: lineageText(found.promised),
      };
  }
}

function lineageText(lineage: Lineage | undefined): string | undefined {
  return lineage && `${lineage.epoch}@${lineage.owner}`;
}
