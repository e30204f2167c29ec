import { Inject, Injectable } from '@nestjs/common';
import type { EnlistPolicy } from '@understudy/replication';
import { formatDuration } from '../options/duration.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';

/** The timeouts that are in force, milliseconds, and how many sessions a principal may have. */
export interface EffectivePolicy {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  /** Null: ids are replaced at logins and when the application asks for it, not for their age. */
  readonly renewTimeoutMs: number | null;
  /** Null: no login is remembered. */
  readonly rememberTimeoutMs: number | null;
  /** Sessions of one principal that may be alive. Null: any number. */
  readonly perPrincipal: number | null;
  /** What a login beyond that does. Null: there is no limit. */
  readonly onLimit: EnlistPolicy | null;
}

const EFFECTS_AT_LIMIT: Readonly<Record<EnlistPolicy, string>> = {
  'evict-oldest': 'ends the session that signed in first',
  reject: 'is refused',
};

/**
 * The policy this application runs with, for its documentation: auditors ask for timeouts that are
 * written down and justified (ASVS 7.1.1), and for the number of parallel sessions and what happens at
 * the limit (7.1.2). A page made of the running options is never out of date.
 */
@Injectable()
export class SessionPolicy {
  constructor(@Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions) {}

  get effective(): EffectivePolicy {
    const { idleTimeoutMs, absoluteTimeoutMs, renewTimeoutMs, rememberTimeoutMs } = this.options;
    const { perPrincipal, onLimit } = this.options;
    return {
      idleTimeoutMs,
      absoluteTimeoutMs,
      renewTimeoutMs: renewTimeoutMs ?? null,
      rememberTimeoutMs: rememberTimeoutMs ?? null,
      perPrincipal: perPrincipal ?? null,
      onLimit: perPrincipal === undefined ? null : onLimit,
    };
  }

  /** The same as tables of Markdown, with what each value is good for. */
  toMarkdown(): string {
    const { idleTimeoutMs, absoluteTimeoutMs, renewTimeoutMs, rememberTimeoutMs } = this.effective;
    const rows = [
      ['idle', formatDuration(idleTimeoutMs), 'ends a session whose user has left the device'],
      ['absolute', formatDuration(absoluteTimeoutMs), 'bounds what a stolen session is worth'],
      ['renew', optional(renewTimeoutMs), 'bounds what a stolen id is worth while its owner works'],
      ['remember', optional(rememberTimeoutMs), 'idle and absolute timeout of remembered logins'],
    ];
    return `${table(['timeout', 'value', 'purpose'], rows)}\n${this.#limitTable()}`;
  }

  #limitTable(): string {
    const { perPrincipal, onLimit } = this.effective;
    const purpose = 'bounds how many devices a stolen password can keep signed in';
    const row =
      perPrincipal === null || onLimit === null
        ? ['any number', 'is let in', 'not bounded: `limits.perPrincipal` is not set']
        : [`at most ${perPrincipal}`, `${EFFECTS_AT_LIMIT[onLimit]} (\`${onLimit}\`)`, purpose];
    return table(['sessions of a principal', 'one more login', 'purpose'], [row]);
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function optional(ms: number | null): string {
  return ms === null ? 'off' : formatDuration(ms);
}
