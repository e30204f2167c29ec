import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

export interface TlsClient {
  readonly socket: TLSSocket;
  received(): string;
  /** Resolves when the connection is closed, with everything received. */
  readonly closed: Promise<string>;
  /** Name in the certificate that was shown. */
  readonly shown: string;
}

export type TlsAsk = ConnectionOptions & {
  /** Sent in one segment with the first bytes of TLS. */
  readonly preface?: Buffer | undefined;
  /** It is sent ahead instead. */
  readonly apart?: boolean;
};

/** A TLS connection that believes any certificate; rejects when there is no agreement. */
export async function openTls(
  url: string,
  { preface, apart = false, ...options }: TlsAsk = {},
): Promise<TlsClient> {
  const { hostname, port } = new URL(url);
  const raw = connectTcp(Number(port), hostname);
  if (preface !== undefined && apart) raw.write(preface);
  const socket = connect({
    socket: preface === undefined || apart ? raw : prefaced(raw, preface),
    rejectUnauthorized: false,
    ...options,
  });
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before it was secure')));
  });
  socket.on('error', () => {});
  const shown = String(socket.getPeerCertificate().subject?.CN);
  return { socket, received: () => text, closed, shown };
}

/** The same connection, with something written ahead of the first bytes, and with them. */
function prefaced(raw: Duplex, preface: Buffer): Duplex {
  let ahead: Buffer | undefined = preface;
  const ends = new Duplex({
    read: () => void raw.resume(),
    write(chunk: Buffer, _encoding, done) {
      raw.write(ahead === undefined ? chunk : Buffer.concat([ahead, chunk]), done);
      ahead = undefined;
    },
    final: (done) => void raw.end(done),
    destroy(error, done) {
      raw.destroy();
      done(error);
    },
  });
  raw.on('data', (chunk) => ends.push(chunk) || raw.pause());
  raw.on('end', () => ends.push(null)).on('close', () => ends.destroy());
  raw.on('error', (error) => ends.destroy(error));
  return ends;
}
