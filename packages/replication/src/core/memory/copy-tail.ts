/** Before each change in a tail: its length. */
const LENGTH_BYTES = 4;

/** Changes behind a copy lie in one piece: length, bytes, length, bytes. This is what they take. */
export function tailBytesOf(changes: readonly Uint8Array[]): number {
  return changes.reduce((bytes, { length }) => bytes + LENGTH_BYTES + length, 0);
}

export function writeChanges(room: Uint8Array, changes: readonly Uint8Array[]): void {
  let offset = 0;
  for (const change of changes) {
    const { length } = change;
    for (let index = 0; index < LENGTH_BYTES; index++) {
      room[offset + index] = length >>> (8 * (LENGTH_BYTES - 1 - index));
    }
    room.set(change, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + length;
  }
}

/** Copies of the changes, oldest first. */
export function readChanges(room: Uint8Array): Uint8Array[] {
  const changes: Uint8Array[] = [];
  for (let offset = 0; offset < room.length; ) {
    const begin = offset + LENGTH_BYTES;
    offset = begin + lengthAt(room, offset);
    changes.push(room.slice(begin, offset));
  }
  return changes;
}

export function countChanges(room: Uint8Array): number {
  let count = 0;
  for (let offset = 0; offset < room.length; count++) {
    offset += LENGTH_BYTES + lengthAt(room, offset);
  }
  return count;
}

function lengthAt(room: Uint8Array, offset: number): number {
  let length = 0;
  for (let index = 0; index < LENGTH_BYTES; index++) {
    length = length * 256 + (room[offset + index] as number);
  }
  return length;
}
