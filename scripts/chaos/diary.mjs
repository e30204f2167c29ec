// @ts-check
import { appendFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DIARY_BYTES } from './limits.mjs';

/**
 * What everybody did and was told, for whoever finds out why a change is missing: a line of JSON for
 * each request in `requests.jsonl`, what the cluster told each node of members and sessions in
 * `nodes.jsonl`, and where the balancer sent each request in `balancer.jsonl`. The first two call a session
 * by the first characters of its hash.
 */
export class Diary {
  #file;
  #bytes = 0;

  /** @param {string} folder  Made when it is not there; what is in it already is kept. */
  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, 'requests.jsonl');
    /** Where the nodes write theirs. */
    this.nodesFile = resolve(folder, 'nodes.jsonl');
    /** Where the balancer writes its own. */
    this.balancerFile = resolve(folder, 'balancer.jsonl');
  }

  /** @param {object} facts */
  add(facts) {
    const line = `${JSON.stringify({ at: new Date().toISOString(), ...facts })}\n`;
    this.#bytes += line.length;
    if (this.#bytes <= DIARY_BYTES) appendFileSync(this.#file, line);
  }
}
