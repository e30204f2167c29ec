/**
 * The requirements of OWASP ASVS 5.0 that concern sessions: V7, cookies (3.3), origins (3.5), and those
 * neighbours that a session layer can meet or break. `covered` by tests that have the id in their title.
 */
export const COVERED = [
  ...['3.3.1', '3.3.2', '3.3.3', '3.3.4', '3.3.5'],
  ...['3.5.1', '3.5.2', '3.5.3', '3.5.8'],
  ...['4.4.1', '4.4.2', '4.4.3', '4.4.4'],
  ...['7.1.1', '7.1.2'],
  ...['7.2.1', '7.2.2', '7.2.3', '7.2.4'],
  ...['7.3.1', '7.3.2'],
  ...['7.4.1', '7.4.2', '7.4.3', '7.4.5'],
  ...['7.5.1', '7.5.2', '7.5.3'],
  ...['7.6.1', '7.6.2'],
  '8.2.4',
  ...['9.1.1', '9.1.2', '9.1.3'],
  ...['9.2.1', '9.2.2', '9.2.3', '9.2.4'],
  '11.5.1',
  ...['12.3.1', '12.3.2', '12.3.3', '12.3.4', '12.3.5'],
  '13.2.1',
  ...['14.2.1', '14.3.1'],
  '15.4.2',
  '16.2.5',
  ...['16.3.1', '16.3.2', '16.3.3'],
] as const;

/** No test here can tell, and why. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  '7.1.3':
    'a document: how lifetimes of a federation go together; the option is `login({ until })`',
  '7.4.4': 'pages of an application: the shop has a way to log out on each',
  '14.3.3': 'what a browser stores: the client keeps public facts alone, and its own tests say so',
};

/** Known to be missing. An id that has a test must not be here. */
export const PENDING: Readonly<Record<string, string>> = {};
