/**
 * The receiving end of a replication link: says whether a frame is the next one. Kept per sending
 * incarnation, so a restarted sender starts a new link.
 */
export class InLink {
  #epoch = 0;
  #seq = 0;

  accept(linkEpoch: number, linkSeq: number): 'apply' | 'duplicate' | 'gap' | 'stale' {
    if (linkEpoch < this.#epoch) return 'stale';
    if (linkEpoch > this.#epoch) {
      if (linkSeq !== 1) return 'gap';
      this.#epoch = linkEpoch;
      this.#seq = 1;
      return 'apply';
    }
    if (linkSeq <= this.#seq) return 'duplicate';
    if (linkSeq !== this.#seq + 1) return 'gap';
    this.#seq = linkSeq;
    return 'apply';
  }

  get seq(): number {
    return this.#seq;
  }
}
