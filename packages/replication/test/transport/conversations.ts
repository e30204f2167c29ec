import type { Turn } from './raw-conversation.js';

const HELLO =
  'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"protocol":1}\r\n';
const STRICT =
  'CONNECT {"verbose":true,"pedantic":true,"headers":true,"no_responders":true,"protocol":1}\r\n';
const PLAIN = 'CONNECT {"verbose":false,"pedantic":false,"protocol":1}\r\n';
const NO_ECHO =
  'CONNECT {"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"echo":false}\r\n';

const alone = (send: string): readonly Turn[] => [{ client: 'a', send }];
const turns = (...said: readonly (readonly [string, string])[]): readonly Turn[] =>
  said.map(([client, send]) => ({ client, send }));

/** What is said to both servers; `@` stands for a subject no other conversation uses. */
export const CONVERSATIONS: Readonly<Record<string, readonly Turn[]>> = {
  // Greeting and manners
  'a ping before anything else': alone('PING\r\n'),
  'line feed without carriage return': alone('PING\n'),
  'names in small letters': alone('connect {"verbose":true}\r\nsub @ 1\r\npUb @ 1\r\nx\r\n'),
  'work without CONNECT': alone('SUB @ 1\r\nPUB @ 2\r\nhi\r\n'),
  'CONNECT without options': alone('CONNECT {}\r\nSUB @ 1\r\nPUB @ 2\r\nhi\r\n'),
  'CONNECT twice': alone(`${HELLO}${STRICT}SUB @ 1\r\n`),
  'verbose confirms everything': alone(`${STRICT}SUB @ 1\r\nPUB @ 2\r\nhi\r\nUNSUB 1\r\nPONG\r\n`),
  'what may be ignored': alone(`${HELLO}+OK\r\nINFO {}\r\nPING with words\r\n`),
  'tabs and many spaces': alone(`${HELLO}SUB\t@\t \t1\r\nPUB   @   2  \r\nhi\r\n`),

  // Publishing
  'a message to oneself': alone(`${HELLO}SUB @ 1\r\nPUB @ 2\r\nhi\r\n`),
  'a reply address': alone(`${HELLO}SUB @ 1\r\nPUB @ r.1 2\r\nhi\r\n`),
  'an empty payload': alone(`${HELLO}SUB @ 1\r\nPUB @ 0\r\n\r\n`),
  'a payload that looks like commands': alone(`${HELLO}SUB @ 1\r\nPUB @ 9\r\n\r\nSUB x\r\n\r\n`),
  'every byte value': alone(`${HELLO}SUB @ 1\r\nPUB @ 256\r\n${everyByte()}\r\n`),
  'text outside ASCII': alone(`${HELLO}SUB @\u00fc 1\r\nPUB @\u00fc 2\r\n\u00c3\u00bc\r\n`),
  'headers pass': alone(`${HELLO}SUB @ 1\r\nHPUB @ 22 24\r\nNATS/1.0\r\nFoo: Bar\r\n\r\nhi\r\n`),
  'headers with a reply address': alone(
    `${HELLO}SUB @ 1\r\nHPUB @ r 22 24\r\nNATS/1.0\r\nFoo: Bar\r\n\r\nhi\r\n`,
  ),
  'headers without payload': alone(`${HELLO}SUB @ 1\r\nHPUB @ 12 12\r\nNATS/1.0\r\n\r\n\r\n`),
  'headers of no bytes': alone(`${HELLO}SUB @ 1\r\nHPUB @ 0 2\r\nhi\r\n`),
  'headers that are none': alone(`${HELLO}SUB @ 1\r\nHPUB @ 4 6\r\nabcdhi\r\n`),
  'headers for a client that wants none': turns(
    ['plain', `${PLAIN}SUB @ 1\r\n`],
    ['rich', `${HELLO}HPUB @ 12 14\r\nNATS/1.0\r\n\r\nhi\r\n`],
  ),
  'wildcards in what is published': alone(
    `${HELLO}SUB @.b 1\r\nSUB @.* 2\r\nPUB @.* 1\r\nx\r\nPUB @.> 1\r\ny\r\nPUB @..b 1\r\nz\r\n`,
  ),
  'pedantic complains and delivers': alone(`${STRICT}SUB @.> 9\r\nPUB @.> 1\r\ny\r\n`),
  'pedantic about an empty token': alone(`${STRICT}PUB @. 1\r\nx\r\nPUB @..b 1\r\nx\r\n`),

  // Subscribing
  'wildcards in what is subscribed to': turns(
    ['a', `${HELLO}SUB @.* 1\r\nSUB @.> 2\r\nSUB @.x.y 3\r\n`],
    ['b', `${HELLO}PUB @ 0\r\n\r\nPUB @.x 0\r\n\r\n`],
  ),
  'malformed subjects are refused': alone(
    `${STRICT}SUB @..b 1\r\nSUB @. 2\r\nSUB .@ 3\r\nSUB @.>.b 4\r\nSUB > 5\r\nUNSUB 5\r\n`,
  ),
  'a star inside a token is a letter': alone(
    `${STRICT}SUB @* 5\r\nPUB @* 1\r\nx\r\nPUB @a 0\r\n\r\n`,
  ),
  'an id that is no number': alone(`${HELLO}SUB @ my-sid\r\nPUB @ 1\r\nx\r\n`),
  'an id used twice keeps its first subject': alone(
    `${HELLO}SUB @a 1\r\nSUB @b 1\r\nPUB @b 1\r\nx\r\nPUB @a 1\r\ny\r\n`,
  ),
  unsubscribing: alone(`${HELLO}SUB @ 1\r\nUNSUB 1\r\nPUB @ 0\r\n\r\n`),
  'unsubscribing what is unknown': alone(`${STRICT}UNSUB 77\r\n`),
  'unsubscribing after two': alone(
    `${HELLO}SUB @ 1\r\nUNSUB 1 2\r\nPUB @ 1\r\n1\r\nPUB @ 1\r\n2\r\nPUB @ 1\r\n3\r\n`,
  ),
  'unsubscribing after two that were': alone(
    `${HELLO}SUB @ 1\r\nPUB @ 1\r\n1\r\nPUB @ 1\r\n2\r\nUNSUB 1 2\r\nPUB @ 1\r\n3\r\n`,
  ),
  'unsubscribing after nothing': alone(`${HELLO}SUB @ 1\r\nUNSUB 1 0\r\nPUB @ 1\r\n1\r\n`),
  'unsubscribing after nonsense': alone(`${HELLO}SUB @ 1\r\nUNSUB 1 x\r\nPUB @ 1\r\n1\r\n`),
  'an id that is free again': alone(
    `${HELLO}SUB @a 1\r\nUNSUB 1\r\nSUB @b 1\r\nPUB @a 0\r\n\r\nPUB @b 1\r\nx\r\n`,
  ),
  'a queue group of two on one connection gets one': alone(
    `${HELLO}SUB @ q 1\r\nSUB @ q 1\r\nPUB @ 1\r\nx\r\n`,
  ),
  'a queue group beside a plain subscription': turns(
    ['plain', `${HELLO}SUB @ 1\r\n`],
    ['member', `${HELLO}SUB @.> q 9\r\nSUB @ q 2\r\n`],
    ['sender', `${HELLO}PUB @ 1\r\nx\r\nPUB @.a 1\r\ny\r\n`],
  ),

  // Echo and no responders
  'no echo': turns(
    ['a', `${NO_ECHO}SUB @ 1\r\nPUB @ 1\r\nx\r\n`],
    ['b', `${HELLO}PUB @ 1\r\ny\r\n`],
  ),
  'no echo in a queue group': turns(
    ['b', `${HELLO}SUB @ q 2\r\n`],
    ['a', `${NO_ECHO}SUB @ q 1\r\nPUB @ 1\r\nx\r\n`],
  ),
  'nobody listens': alone(`${HELLO}SUB r@.* 1\r\nPUB @ r@.7 2\r\nhi\r\n`),
  'nobody listens to headers': alone(
    `${HELLO}SUB r@.* 1\r\nHPUB @ r@.7 12 12\r\nNATS/1.0\r\n\r\n\r\n`,
  ),
  'nobody listens and nobody is told': alone(`${HELLO}PUB @ r@.7 2\r\nhi\r\n`),
  'nobody listens but a queue waits for replies': alone(
    `${HELLO}SUB r@.* q 1\r\nPUB @ r@.7 0\r\n\r\n`,
  ),
  'the most exact subscription hears that nobody listens': alone(
    `${HELLO}SUB r@.* 1\r\nSUB r@.7 2\r\nPUB @ r@.7 2\r\nhi\r\n`,
  ),
  'only the publisher listens, without echo': alone(
    `${NO_ECHO}SUB @ 1\r\nSUB r@ 2\r\nPUB @ r@ 1\r\nx\r\n`,
  ),
  'replies to another connection are not told': turns(
    ['a', `${HELLO}SUB r@ 1\r\n`],
    ['b', `${HELLO}PUB @ r@ 0\r\n\r\n`],
  ),
  'a plain client is not told that nobody listens': alone(`${PLAIN}SUB r@ 1\r\nPUB @ r@ 0\r\n\r\n`),
  'no responders without headers': alone('CONNECT {"verbose":false,"no_responders":true}\r\n'),

  // What ends a conversation
  'an unknown command': alone(`${HELLO}FOO\r\n`),
  'a browser': alone('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  'an empty line': alone(`${HELLO}\r\n`),
  'a message, which only servers send': alone(`${HELLO}MSG @ 1 1\r\nx\r\n`),
  'an error, which only servers send': alone(`${HELLO}-ERR 'x'\r\n`),
  'a payload that is longer than announced': alone(`${HELLO}PUB @ 2\r\nhix\r\n`),
  'a payload that is too large': alone(`${HELLO}PUB @ 1048577\r\n`),
  'a line that is too long': alone(`${HELLO}SUB ${'a'.repeat(4095)} 1\r\n`),
  'a line that is just short enough': alone(`${HELLO}SUB ${'a'.repeat(4094)} 1\r\n`),
  'a line that never ends': alone(`${HELLO}SUB ${'a'.repeat(5000)}`),
  'PUB without arguments': alone(`${HELLO}PUB\r\n`),
  'PUB without size': alone(`${HELLO}PUB @\r\n`),
  'PUB with too many words': alone(`${HELLO}PUB @ b c 1\r\nx\r\n`),
  'PUB of a negative size': alone(`${HELLO}PUB @ -1\r\n`),
  'PUB of a broken size': alone(`${HELLO}PUB @ 1.5\r\n`),
  'PUB of a size beyond numbers': alone(`${HELLO}PUB @ 99999999999999999999\r\n`),
  'HPUB without being asked for headers': alone(`${PLAIN}HPUB @ 12 12\r\nNATS/1.0\r\n\r\n\r\n`),
  'HPUB with more headers than message': alone(`${HELLO}HPUB @ 30 24\r\n`),
  'HPUB without a header size': alone(`${HELLO}HPUB @ 24\r\n`),
  'SUB without id': alone(`${HELLO}SUB @\r\n`),
  'SUB with too many words': alone(`${HELLO}SUB @ b c d\r\n`),
  'SUB of nothing': alone(`${HELLO}SUB \r\n`),
  'UNSUB without id': alone(`${HELLO}UNSUB\r\n`),
  'UNSUB with too many words': alone(`${HELLO}UNSUB 1 2 3\r\n`),
  'CONNECT with broken JSON': alone('CONNECT {oops\r\n'),
  'CONNECT with JSON that is no object': alone('CONNECT []\r\n'),
  'CONNECT with a word for a truth value': alone('CONNECT {"verbose":"no"}\r\n'),
  'CONNECT with nulls and unknown options': alone(
    'CONNECT {"verbose":null,"x":[1]}\r\nSUB @ 1\r\n',
  ),
  'CONNECT without anything': alone('CONNECT\r\n'),
};

/** The same, said to a server that asks for the token `sesame`. */
export const TOKEN_CONVERSATIONS: Readonly<Record<string, readonly Turn[]>> = {
  'the right token': alone('CONNECT {"verbose":true,"auth_token":"sesame"}\r\nSUB @ 1\r\n'),
  'a wrong token': alone('CONNECT {"verbose":true,"auth_token":"sesam"}\r\n'),
  'no token': alone(HELLO),
  'a token that is no text': alone('CONNECT {"auth_token":{"$ne":1}}\r\n'),
  'work before CONNECT': alone('SUB @ 1\r\n'),
  'a ping before CONNECT': alone('PING\r\n'),
};

/** The same, said to a server that asks for the user `ali` with the password `baba`. */
export const USER_CONVERSATIONS: Readonly<Record<string, readonly Turn[]>> = {
  'the right password': alone('CONNECT {"verbose":true,"user":"ali","pass":"baba"}\r\n'),
  'a wrong password': alone('CONNECT {"verbose":true,"user":"ali","pass":"bab"}\r\n'),
  'a wrong user': alone('CONNECT {"verbose":true,"user":"alo","pass":"baba"}\r\n'),
  'no password': alone('CONNECT {"verbose":true,"user":"ali"}\r\n'),
  'a token instead': alone('CONNECT {"verbose":true,"auth_token":"baba"}\r\n'),
};

function everyByte(): string {
  return Array.from({ length: 256 }, (_, value) => String.fromCharCode(value)).join('');
}
