/** Buckets a digest has; what differs is then looked for in the buckets that differ. */
export const DIGEST_BUCKETS = 256;

/** Bytes of a root, and of all sums, on the wire. */
export const ROOT_BYTES = 8;
export const SUMS_BYTES = DIGEST_BUCKETS * ROOT_BYTES;

/** What two nodes compare of one copy. */
export interface Stamp {
  readonly key: string;
  readonly epoch: number;
  readonly seq: number;
  /** Whose lineage it is. */
  readonly owner: string;
}

/**
 * A summary of a set of stamps: in each of 256 buckets a sum, so that the order of adding does not
 * matter, of 64 bits, as two lanes of 32. Equal sets have equal sums; unequal ones differ but for
 * one case in 2^64.
 */
export class Digest {
  readonly #sums = new Uint32Array(DIGEST_BUCKETS * 2);
  readonly #counts = new Uint32Array(DIGEST_BUCKETS);

  add({ key, epoch, seq, owner }: Stamp): void {
    const keyHash = hashText(key);
    const bucket = bucketOfHash(keyHash);
    const low = mix(mix(mix(keyHash, epoch), seq), hashText(owner));
    // Another seed, not another step of the same: one collision must not be two.
    const high = mix(mix(mix(hashText(key, SECOND_SEED), seq), epoch), hashText(owner));
    this.#sums[bucket * 2] = ((this.#sums[bucket * 2] as number) + low) >>> 0;
    this.#sums[bucket * 2 + 1] = ((this.#sums[bucket * 2 + 1] as number) + high) >>> 0;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  countIn(bucket: number): number {
    return this.#counts[bucket] as number;
  }

  /** All of it in one number. Position counts, so that buckets cannot make up for each other. */
  root(): Uint8Array {
    let low = 0;
    let high = 0;
    for (let bucket = 0; bucket < DIGEST_BUCKETS; bucket++) {
      low = mix(low, this.#sums[bucket * 2] as number);
      high = mix(high, this.#sums[bucket * 2 + 1] as number);
    }
    const bytes = new Uint8Array(ROOT_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, low);
    view.setUint32(4, high);
    return bytes;
  }

  sums(): Uint8Array {
    const bytes = new Uint8Array(SUMS_BYTES);
    const view = new DataView(bytes.buffer);
    this.#sums.forEach((sum, index) => {
      view.setUint32(index * 4, sum);
    });
    return bytes;
  }

  /** The buckets whose sums are not those of the other side, in order from `first` on. */
  differing(sums: Uint8Array, first = 0): number[] {
    const view = new DataView(sums.buffer, sums.byteOffset, sums.byteLength);
    const buckets: number[] = [];
    for (let step = 0; step < DIGEST_BUCKETS; step++) {
      const bucket = (first + step) % DIGEST_BUCKETS;
      const same =
        view.getUint32(bucket * 8) === this.#sums[bucket * 2] &&
        view.getUint32(bucket * 8 + 4) === this.#sums[bucket * 2 + 1];
      if (!same) buckets.push(bucket);
    }
    return buckets;
  }
}

export function bucketOf(key: string): number {
  return bucketOfHash(hashText(key));
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

const FIRST_SEED = 0x811c9dc5;
const SECOND_SEED = 0x5bd1e995;

function bucketOfHash(hash: number): number {
  return (mix(hash, 0) >>> 24) & (DIGEST_BUCKETS - 1);
}

/** FNV-1a, 32 bits. Keys are hashes already; this only makes numbers of them. */
function hashText(text: string, seed = FIRST_SEED): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The finalizer of MurmurHash3 over both: every bit of either changes half of the result. */
function mix(left: number, right: number): number {
  let value = (Math.imul(left, 31) + (right >>> 0) + Math.floor(right / 0x1_0000_0000)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
