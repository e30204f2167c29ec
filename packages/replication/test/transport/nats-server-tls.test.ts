import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasOpenssl } from '../../../../test/certificate-authority.js';
import { TransportConnectError } from '../../src/errors.js';
import { natsTransport } from '../../src/transport/index.js';
import { type Certificates, makeCertificates } from './certificates.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from './nats-server.js';

const missing = NATS_SERVER === undefined || !hasOpenssl;

describe.skipIf(missing)('a bus behind TLS', () => {
  let certificates: Certificates;
  let secured: RunningServer;
  let plain: RunningServer;

  beforeAll(async () => {
    certificates = makeCertificates();
    const { certFile, keyFile } = certificates;
    const args = ['--tls', '--tlscert', certFile, '--tlskey', keyFile, '--auth', 'sesame'];
    [secured, plain] = await Promise.all([startNatsServer({ args }), startNatsServer()]);
  });
  afterAll(async () => {
    certificates?.remove();
    await Promise.all([secured?.kill(), plain?.kill()]);
  });

  it('is reached with its certificate authority (ASVS 12.3.1)', async () => {
    const { caFile } = certificates;
    const servers = `tls://sesame@localhost:${secured.port}`;
    const transport = await natsTransport({ servers, tls: { caFile }, connectTimeoutMs: 5_000 });
    await transport.flush();
    await transport.close();
  });

  it('is refused when its certificate is not to be trusted (ASVS 12.3.2, 12.3.4)', async () => {
    const servers = `tls://sesame@localhost:${secured.port}`;
    await expect(natsTransport({ servers, waitOnFirstConnect: false })).rejects.toThrow(
      TransportConnectError,
    );
  });

  it('is closed to who has another password, or none (ASVS 13.2.1)', async () => {
    const { caFile } = certificates;
    for (const login of ['guess@', '']) {
      const servers = `tls://${login}localhost:${secured.port}`;
      await expect(
        natsTransport({ servers, tls: { caFile }, waitOnFirstConnect: false }),
      ).rejects.toThrow(TransportConnectError);
    }
  });

  it('is never replaced by one without (ASVS 12.3.1)', async () => {
    const servers = `tls://localhost:${plain.port}`;
    const error = await natsTransport({ servers, waitOnFirstConnect: false }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TransportConnectError);
    expect(((error as Error).cause as Error).message).toMatch(/tls/);
    expect(error).toMatchObject({ code: 'ERR_TRANSPORT_TLS', reason: 'not-offered' });
  });
});
