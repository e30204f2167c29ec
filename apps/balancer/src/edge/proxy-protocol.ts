import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from './address.js';
import { crc32c } from './crc32c.js';

/**
 * Where a connection comes from, as a proxy says that passes connections on.
 *
 * Source: "The PROXY protocol", versions 1 and 2, HAProxy Technologies, 2020-03-05.
 */
export interface ProxyHeader {
  /** Bytes of the header; what follows is the client's. */
  readonly length: number;
  /** Undefined: the proxy's own (LOCAL), or of a kind that has no address here (UNKNOWN). */
  readonly address: string | undefined;
  /** The client spoke TLS with the proxy. */
  readonly isEncrypted: boolean;
}

/** `more`: what came so far is the beginning of a header. */
export type ProxyParse = ProxyHeader | 'more' | 'malformed';

const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_FIXED_BYTES = 16;
const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
/** Line end included. */
const V1_MAX_BYTES = 107;

const TLV_CRC32C = 0x03;
const TLV_SSL = 0x20;
const CLIENT_SSL = 0x01;

/** Judges as soon as it can: what cannot become a header is malformed at its first wrong byte. */
export function parseProxyHeader(bytes: Buffer, maxBytes: number): ProxyParse {
  if (startsLike(bytes, V2_SIGNATURE)) return parseV2(bytes, maxBytes);
  if (startsLike(bytes, V1_SIGNATURE)) return parseV1(bytes);
  return 'malformed';
}

function startsLike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function parseV1(bytes: Buffer): ProxyParse {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < V1_MAX_BYTES ? 'more' : 'malformed';
  const length = end + 2;
  const [, family, ...fields] = bytes.toString('latin1', 0, end).split(' ');
  if (family === 'UNKNOWN') return { length, address: undefined, isEncrypted: false };
  const [source = '', destination = '', ...ports] = fields;
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  if (isAddress === undefined || ports.length !== 2) return 'malformed';
  if (!isAddress(source) || !isAddress(destination) || !ports.every(isPort)) return 'malformed';
  const address = canonicalAddress(source);
  return address === undefined ? 'malformed' : { length, address, isEncrypted: false };
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function parseV2(bytes: Buffer, maxBytes: number): ProxyParse {
  const command = bytes[12];
  const family = bytes[13];
  if (command !== undefined && command !== 0x20 && command !== 0x21) return 'malformed';
  if (family !== undefined && (family >>> 4 > 3 || (family & 0x0f) > 2)) return 'malformed';
  if (bytes.length < V2_FIXED_BYTES) return 'more';
  const length = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (length > maxBytes) return 'malformed';
  if (bytes.length < length) return 'more';
  const header = bytes.subarray(0, length);
  // LOCAL: a proxy that checks us. What it says besides is to be skipped, as is what follows UNSPEC.
  const isSilent = command === 0x20 || (family as number) >>> 4 === 0;
  if (isSilent) return { length, address: undefined, isEncrypted: false };
  const source = sourceOf(family as number);
  if (V2_FIXED_BYTES + source.blockBytes > length) return 'malformed';
  const extension = readExtensions(header, V2_FIXED_BYTES + source.blockBytes);
  if (extension === undefined) return 'malformed';
  return { length, address: source.read(header), ...extension };
}

interface SourceBlock {
  /** Both addresses and both ports. */
  readonly blockBytes: number;
  readonly read: (header: Buffer) => string | undefined;
}

/** Families that a connection of ours cannot be of fall back to "not known", as demanded. */
function sourceOf(family: number): SourceBlock {
  if (family === 0x11) return { blockBytes: 12, read: readIPv4 };
  if (family === 0x21) return { blockBytes: 36, read: readIPv6 };
  const blockBytes = [0, 12, 36, 216][family >>> 4] ?? 0;
  return { blockBytes, read: () => undefined };
}

function readIPv4(header: Buffer): string {
  return header.subarray(V2_FIXED_BYTES, V2_FIXED_BYTES + 4).join('.');
}

function readIPv6(header: Buffer): string | undefined {
  const groups = Array.from({ length: 8 }, (_, index) =>
    header.readUInt16BE(V2_FIXED_BYTES + index * 2),
  );
  return canonicalAddress(groups.map((group) => group.toString(16)).join(':'));
}

/** Walks the type-length-value fields; undefined when they are malformed or were damaged. */
function readExtensions(
  header: Buffer,
  start: number,
): Pick<ProxyHeader, 'isEncrypted'> | undefined {
  let isEncrypted = false;
  for (let at = start; at < header.length; ) {
    if (at + 3 > header.length) return undefined;
    const value = at + 3;
    const end = value + header.readUInt16BE(at + 1);
    if (end > header.length) return undefined;
    if (header[at] === TLV_CRC32C && !isIntact(header, value, end)) return undefined;
    if (header[at] === TLV_SSL && end > value) {
      isEncrypted = ((header[value] as number) & CLIENT_SSL) !== 0;
    }
    at = end;
  }
  return { isEncrypted };
}

/** The checksum is that of the header with zeros in its own place. */
function isIntact(header: Buffer, value: number, end: number): boolean {
  if (end - value !== 4) return false;
  const blank = Buffer.from(header).fill(0, value, end);
  return crc32c(blank) === header.readUInt32BE(value);
}
