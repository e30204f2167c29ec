import { AntiEntropy } from './anti-entropy/anti-entropy.js';
import { Router } from './calls/router.js';
import { Adoption } from './claims/adoption.js';
import { Claims } from './claims/claims.js';
import { Handoffs } from './claims/handoffs.js';
import { Inquiries } from './claims/inquiries.js';
import { type Confirm, Verifier } from './claims/verifier.js';
import type { CoreContext } from './context.js';
import { BackupKeeper } from './copies/backup-keeper.js';
import { Replicator } from './copies/replicator.js';
import { Burials } from './endings/burials.js';
import { Membership } from './membership/membership.js';
import { MemoryCap } from './memory/memory-cap.js';
import { Owner } from './owner/owner.js';
import { NodeRecords } from './record/node-records.js';
import type { OwnedRecord } from './record/record.js';
import { OrphanLineages } from './sides/orphan-lineages.js';
import { Tiering } from './tier/tiering.js';

/**
 * The parts of one node, put together: who is given what of whom. While they are made, the context
 * has no parts yet, so none may ask it for one in its constructor.
 */
export class NodeParts {
  readonly records: NodeRecords;
  readonly membership: Membership;
  readonly tiering: Tiering;
  readonly keeper: BackupKeeper;
  readonly replicator: Replicator;
  readonly owner: Owner;
  readonly claims: Claims;
  readonly burials: Burials;
  readonly handoffs: Handoffs;
  readonly verifier: Verifier;
  readonly router: Router;
  readonly adoption: Adoption;
  readonly antiEntropy: AntiEntropy;
  readonly inquiries: Inquiries;
  readonly memory: MemoryCap;
  readonly orphans: OrphanLineages;

  constructor(context: CoreContext, nowMs: number) {
    const verify = (record: OwnedRecord): void => this.verifier.verify(record, () => {});
    const confirm: Confirm = (record, done) => this.verifier.confirm(record, done);
    this.records = new NodeRecords(context, (record) => this.#expire(record), nowMs);
    this.membership = new Membership(context.settings.timings);
    this.tiering = new Tiering(context, this.records.tombstones, verify, confirm);
    this.keeper = new BackupKeeper(context, confirm);
    this.replicator = new Replicator(context, () => this.keeper);
    this.owner = new Owner(context, this.keeper);
    const demote = this.owner.demote.bind(this.owner);
    this.claims = new Claims(context, demote);
    this.burials = new Burials(context);
    this.handoffs = new Handoffs(context, demote);
    this.verifier = new Verifier(context, demote);
    this.router = new Router(context, this.verifier);
    this.adoption = new Adoption(context);
    this.antiEntropy = new AntiEntropy(
      context,
      (key) => this.adoption.has(key),
      verify,
      (record) => this.keeper.repairs.consider(record),
    );
    this.inquiries = new Inquiries(context);
    this.memory = new MemoryCap(context, this.records.table);
    this.orphans = new OrphanLineages(context, this.verifier);
  }

  /** In this order: what one part finds out, a later one acts on in the same tick. */
  tick(): void {
    this.replicator.tick();
    this.claims.tick();
    this.burials.tick();
    this.handoffs.tick();
    this.tiering.tick();
    this.verifier.tick();
    this.keeper.tick();
    this.router.tick();
    this.inquiries.tick();
    this.owner.locks.tick();
    this.owner.principals.tick();
    this.owner.rotations.tick();
    this.adoption.tick();
    this.antiEntropy.tick();
    this.orphans.tick();
  }

  /** An end is final everywhere, so nobody declares it who may have lost the record to another. */
  #expire(record: OwnedRecord): void {
    if (this.verifier.needed(record)) this.verifier.verify(record, () => {});
    else this.owner.expire(record);
  }
}
