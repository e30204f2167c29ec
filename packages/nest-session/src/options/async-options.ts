import type { Type } from '@nestjs/common';
import { SessionOptionError } from '../errors.js';
import type { SessionModuleExtras, SessionOptionsFactory } from '../session.options.js';
import type { OptionNames } from './option-names.js';

const SOURCES = ['useFactory', 'useClass', 'useExisting'] as const;

const METHOD: keyof SessionOptionsFactory = 'createSessionOptions';

/** Nest would say of each of these mistakes that something of its own is undefined. */
export function checkAsyncOptions(given: object): void {
  const sources = given as Partial<Record<(typeof SOURCES)[number], unknown>>;
  const known = SOURCES.filter((name) => sources[name]);
  if (known.length !== 1) {
    const found = known.join(' and ') || 'none of them';
    throw new SessionOptionError('forRootAsync', found, `one of ${listOf(SOURCES)}`);
  }
  const { name, prototype } = (sources.useClass ?? {}) as Partial<Type<Record<string, unknown>>>;
  if (sources.useClass && typeof prototype?.[METHOD] !== 'function') {
    throw new SessionOptionError('useClass', name, `a class with the method ${METHOD}()`);
  }
}

function listOf(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

const BESIDE: OptionNames<SessionModuleExtras> = { isGlobal: true, endpoints: true, health: true };

/** What is wanted of an option that may not come out of a factory; undefined for others. */
export function besideFactory(name: string): string | undefined {
  if (!Object.hasOwn(BESIDE, name)) return undefined;
  return 'beside useFactory, useClass or useExisting: it is needed before there are options';
}
