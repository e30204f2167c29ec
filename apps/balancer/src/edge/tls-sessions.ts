/** Sessions of TLS 1.2 by id, so that a client may resume one. */
export interface TlsSessions {
  /** `onKept`: whoever looks for it finds it. A client is not through with its handshake before. */
  keep(id: Buffer, session: Buffer, onKept: () => void): void;
  /** With null when there is none, or when nobody says. */
  find(id: Buffer, onFound: (session: Buffer | null) => void): void;
  clear(): void;
}
