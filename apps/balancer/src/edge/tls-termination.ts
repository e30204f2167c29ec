import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { CertificateTable, type TlsOptions } from './certificates.js';
import { tlsSessionId } from './tls-session-id.js';
import type { TlsSessions } from './tls-sessions.js';

export interface TlsListener {
  /** `sessionId` in lower-case hex, where sessions have ids and the client one of TLS 1.2. */
  readonly onSecure: (socket: TLSSocket, sessionId: string | undefined) => void;
  /** A handshake that came to nothing; its connection is closed. */
  readonly onFailure: () => void;
}

/** Ends TLS on connections that others accept. */
export class TlsTermination {
  readonly #server: Server;
  readonly #secureOptions: number;
  readonly #sessions: TlsSessions;
  #certificates: CertificateTable;

  /** @throws OptionError when a certificate cannot be used. */
  constructor(options: TlsOptions, sessions: TlsSessions, listener: TlsListener) {
    const { sessionIds = false } = options;
    this.#sessions = sessions;
    // Nothing behind needs a second handshake, which costs the server more than the client.
    this.#secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
    // A client that has a ticket shows no id.
    if (sessionIds) this.#secureOptions |= constants.SSL_OP_NO_TICKET;
    this.#certificates = this.prepare(options);
    this.#server = createServer({
      ...this.#contextOptions(),
      // What is behind it speaks nothing else; a client that insists on HTTP/2 is told here.
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => done(null, this.#certificates.find(name)),
    });
    this.#server.on('secureConnection', (socket) => {
      listener.onSecure(socket, sessionIds ? tlsSessionId(socket.getSession()) : undefined);
    });
    this.#server.on('tlsClientError', listener.onFailure);
    if (sessionIds) this.#keepSessions();
  }

  /** @throws OptionError when a certificate cannot be used. */
  prepare(options: TlsOptions): CertificateTable {
    return new CertificateTable(options, { secureOptions: this.#secureOptions });
  }

  /** For connections from now on. A session of before may have been of another certificate. */
  replace(certificates: CertificateTable): void {
    this.#certificates = certificates;
    this.#sessions.clear();
    this.#server.setSecureContext(this.#contextOptions());
  }

  /** Takes a connection over, with what was read of it and put back. */
  secure(socket: Socket): void {
    this.#server.emit('connection', socket);
  }

  #contextOptions() {
    const { cert, key, minVersion = 'TLSv1.2', ticketKeys } = this.#certificates.options;
    return {
      ...{ cert, key, minVersion, secureOptions: this.#secureOptions },
      // By default that of the command line, which processes on one port need not have in common.
      sessionIdContext: 'understudy-balancer',
      ...(ticketKeys === undefined ? {} : { ticketKeys: Buffer.from(ticketKeys) }),
    };
  }

  #keepSessions(): void {
    this.#server.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
      this.#sessions.keep(id, session, done);
    });
    type Found = (error: Error | null, session: Buffer | null) => void;
    this.#server.on('resumeSession', (id: Buffer, done: Found) => {
      this.#sessions.find(id, (session) => done(null, session));
    });
  }
}
