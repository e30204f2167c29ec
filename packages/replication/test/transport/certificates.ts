import { type Certificate, makeAuthority } from '../../../../test/certificate-authority.js';

export interface Certificates extends Certificate {
  readonly caFile: string;
  remove(): void;
}

/** A certificate authority and a certificate of 127.0.0.1 and localhost by it, for a day. */
export function makeCertificates(): Certificates {
  const { caFile, issue, remove } = makeAuthority();
  return { caFile, ...issue('bus'), remove };
}
