import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt's parameters: cost N = 2^`logN`, block size r, parallelism p. */
export interface PasswordCost {
  readonly logN: number;
  readonly blockSize: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet, the scrypt row that needs 16 MB. */
export const PASSWORD_COST: PasswordCost = { logN: 14, blockSize: 8, parallelism: 5 };

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const STORED = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]{22})\$([\w-]{43})$/;

/** `scrypt$logN$r$p$salt$key`: carries its parameters, so that they can be raised later. */
export async function hashPassword(
  password: string,
  cost: PasswordCost = PASSWORD_COST,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, cost);
  const parameters = [cost.logN, cost.blockSize, cost.parallelism].join('$');
  return `scrypt$${parameters}$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Whether the password is the stored one, in a time that does not tell how much of it is right. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = STORED.exec(stored);
  if (match === null) return false;
  const [, logN, blockSize, parallelism, salt = '', key = ''] = match;
  const cost = {
    logN: Number(logN),
    blockSize: Number(blockSize),
    parallelism: Number(parallelism),
  };
  const derived = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return timingSafeEqual(derived, Buffer.from(key, 'base64url'));
}

function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  const { logN, blockSize, parallelism } = cost;
  const N = 2 ** logN;
  const options = { N, r: blockSize, p: parallelism, maxmem: 256 * N * blockSize };
  return new Promise((resolve, reject) => {
    // Two ways of typing the same accent must be the same password.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
