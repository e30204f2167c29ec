import { expectTypeOf } from 'vitest';
import type { Session } from '../../src/index.js';

declare module '../../src/index.js' {
  interface SessionData {
    augmented?: number;
  }
}

export function check(session: Session, own: Session<{ cart: string[] }>): void {
  expectTypeOf(session.augmented).toEqualTypeOf<number | undefined>();
  expectTypeOf(own.cart).toEqualTypeOf<string[]>();
  expectTypeOf(session.save()).toEqualTypeOf<Promise<void>>();
}
