/**
 * The requirements of OWASP ASVS 5.0 that concern sessions: V7, cookies (3.3), origins (3.5), and those
 * neighbours that a session layer can meet or break. `covered` by tests that run, have the id in their title,
 * and do so on both adapters.
 */
export const COVERED = [
  ...['3.3.1', '3.3.2', '3.3.3', '3.3.4', '3.3.5'],
  ...['3.5.1', '3.5.2', '3.5.3', '3.5.8'],
  ...['4.4.1', '4.4.2', '4.4.3', '4.4.4'],
  ...['7.1.1', '7.1.2'],
  ...['7.2.1', '7.2.2', '7.2.3', '7.2.4'],
  ...['7.3.1', '7.3.2'],
  ...['7.4.1', '7.4.2', '7.4.3', '7.4.4', '7.4.5'],
  ...['7.5.1', '7.5.2', '7.5.3'],
  ...['7.6.1', '7.6.2'],
  '8.2.4',
  ...['9.1.1', '9.1.2', '9.1.3'],
  ...['9.2.1', '9.2.2', '9.2.3', '9.2.4'],
  '11.5.1',
  ...['12.3.1', '12.3.2', '12.3.3', '12.3.4', '12.3.5'],
  '13.2.1',
  ...['14.2.1', '14.3.1', '14.3.3'],
  '15.4.2',
  '16.2.5',
  ...['16.3.1', '16.3.2', '16.3.3'],
] as const;

/** Covered, but not on both adapters, because no request of a client comes into it. */
export const WITHOUT_HTTP: Readonly<Record<string, string>> = {
  '12.3.1': 'the link from a node to NATS: TLS to its server',
  '12.3.2': 'the link from a node to NATS: the certificate of the server',
  '12.3.4': 'the link from a node to NATS: the authority that signed the certificate',
};

const BROKER = 'nats-server and openssl: a TLS server cannot be played by the memory bus';

/**
 * Covered by tests that are skipped where a program is missing. `npm test` names what it skipped in its
 * last line, and fails for it with UNDERSTUDY_REQUIRE_ALL.
 */
export const NEEDS_PROGRAMS: Readonly<Record<string, string>> = {
  '12.3.1': BROKER,
  '12.3.2': BROKER,
  '12.3.4': BROKER,
};

/** No test here can tell, and why. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  '7.1.3':
    'a document: how lifetimes of a federation go together; the option is `login({ until })`',
};

/** Known to be missing. An id that has a test must not be here. */
export const PENDING: Readonly<Record<string, string>> = {};
