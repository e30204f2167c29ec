import { Session } from 'node:inspector';

const KINDS = [
  'Object.getPrototypeOf(Uint8Array.prototype)',
  'DataView.prototype',
  'ArrayBuffer.prototype',
];

/**
 * The bytes that something of this process still holds. A snapshot of the heap tells their number
 * alone, so an id that is kept as bytes is not in it. Small Buffers share slabs, and each counts as a
 * whole: what one that is gone left beside one in use is found, too. Memory that was given back is left
 * out: nobody overwrites it, and old requests are found there whatever the code does.
 */
export function liveBytes(): Buffer {
  const session = new Session();
  session.connect();
  const buffers = new Set<ArrayBufferLike>();
  for (const object of KINDS.flatMap((kind) => objectsBelow(session, kind))) {
    if (ArrayBuffer.isView(object)) buffers.add(object.buffer);
    else if (object instanceof ArrayBuffer) buffers.add(object);
  }
  session.disconnect();
  return Buffer.concat(Array.from(buffers, (buffer) => Buffer.from(buffer)));
}

/** The inspector collects garbage first: what it gives is reachable. */
function objectsBelow(session: Session, prototype: string): readonly unknown[] {
  const place: { objects?: readonly unknown[] } = {};
  Object.assign(globalThis, { liveBytesPlace: place });
  // To the session of its own thread it answers before it returns.
  session.post('Runtime.evaluate', { expression: prototype }, (_failure, { result }) => {
    const prototypeObjectId = result.objectId as string;
    session.post('Runtime.queryObjects', { prototypeObjectId }, (_refusal, { objects }) => {
      session.post('Runtime.callFunctionOn', {
        objectId: objects.objectId as string,
        functionDeclaration: 'function () { liveBytesPlace.objects = this; }',
      });
    });
  });
  Reflect.deleteProperty(globalThis, 'liveBytesPlace');
  if (!place.objects) throw new Error(`the inspector found nothing below ${prototype}`);
  return place.objects;
}
