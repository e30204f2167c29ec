import { Inject, Injectable } from '@nestjs/common';
import { formatDuration } from '../options/duration.js';
import type { NormalizedSessionOptions } from '../options/normalize-options.js';
import { NORMALIZED_OPTIONS } from '../tokens.js';

/** The timeouts that are in force, milliseconds. */
export interface EffectivePolicy {
  readonly idleTimeoutMs: number;
  readonly absoluteTimeoutMs: number;
  /** Null: ids are replaced at logins and when the application asks for it, not for their age. */
  readonly renewTimeoutMs: number | null;
  /** Null: no login is remembered. */
  readonly rememberTimeoutMs: number | null;
}

/**
 * The policy this application runs with, for its documentation: auditors ask for timeouts that are
 * written down and justified (ASVS 7.1.1), and a page made of the running options is never out of date.
 */
@Injectable()
export class SessionPolicy {
  constructor(@Inject(NORMALIZED_OPTIONS) private readonly options: NormalizedSessionOptions) {}

  get effective(): EffectivePolicy {
    const { idleTimeoutMs, absoluteTimeoutMs, renewTimeoutMs, rememberTimeoutMs } = this.options;
    return {
      idleTimeoutMs,
      absoluteTimeoutMs,
      renewTimeoutMs: renewTimeoutMs ?? null,
      rememberTimeoutMs: rememberTimeoutMs ?? null,
    };
  }

  /** The same as a table of Markdown, with what each value is good for. */
  toMarkdown(): string {
    const { idleTimeoutMs, absoluteTimeoutMs, renewTimeoutMs, rememberTimeoutMs } = this.effective;
    const rows = [
      ['idle', formatDuration(idleTimeoutMs), 'ends a session whose user has left the device'],
      ['absolute', formatDuration(absoluteTimeoutMs), 'bounds what a stolen session is worth'],
      ['renew', optional(renewTimeoutMs), 'bounds what a stolen id is worth while its owner works'],
      ['remember', optional(rememberTimeoutMs), 'idle and absolute timeout of remembered logins'],
    ];
    return [['timeout', 'value', 'purpose'], ['---', '---', '---'], ...rows]
      .map((cells) => `| ${cells.join(' | ')} |\n`)
      .join('');
  }
}

function optional(ms: number | null): string {
  return ms === null ? 'off' : formatDuration(ms);
}
