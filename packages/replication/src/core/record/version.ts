/**
 * The order of the changes of one record: `epoch` rises with each change of owner, `seq` is
 * contiguous within it. Two versions of one record are totally ordered; versions of different
 * records say nothing about each other.
 */
export interface Version {
  readonly epoch: number;
  readonly seq: number;
}

export const VERSION_ZERO: Version = { epoch: 0, seq: 0 };

/** Negative when `left` is older than `right`, zero when equal, positive when newer. */
export function compareVersions(left: Version, right: Version): number {
  return left.epoch - right.epoch || left.seq - right.seq;
}

/** Whether one of these is of the same epoch and no lower. */
export function isAmong(versions: readonly Version[], { epoch, seq }: Version): boolean {
  return versions.some((known) => known.epoch === epoch && known.seq >= seq);
}

/** A revision as cookies, headers and logs show it: `epoch.seq`. */
export function formatVersion(version: Version): string {
  return `${version.epoch}.${version.seq}`;
}

/** Reads `epoch.seq`; undefined when the text is anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(text);
  return match ? { epoch: Number(match[1]), seq: Number(match[2]) } : undefined;
}
