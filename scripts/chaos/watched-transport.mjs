// @ts-check
import { nodeTransport } from '@understudy/client/node';

/**
 * A visitor's cookies and connections, of which every answer of the balancer is told that the SDK
 * may have repeated the request for: what a client without it would have seen.
 *
 * @param {string} url  Of the balancer; what other addresses answer is not told.
 * @param {(answer: string) => void} onRefusal  Status and problem, or why there was no answer.
 * @returns {import('@understudy/client/node').NodeTransport}
 */
export function watchedTransport(url, onRefusal) {
  return nodeTransport({
    async fetch(target, init) {
      const isWatched = String(target).startsWith(`${url}/`);
      try {
        const response = await fetch(target, init);
        if (isWatched && response.status >= 400) onRefusal(await describeRefusal(response.clone()));
        return response;
      } catch (error) {
        if (isWatched) onRefusal(`no answer (${describeCause(error)})`);
        throw error;
      }
    },
  });
}

/** @param {Response} response */
async function describeRefusal(response) {
  /** @type {{ type?: unknown } | null} */
  const problem = await response.json().then(
    (body) => /** @type {any} */ (body),
    () => null,
  );
  const name = typeof problem?.type === 'string' ? problem.type.split(/[/:]/).at(-1) : '';
  return `${response.status} ${name || 'without a problem'}`;
}

/** @param {unknown} error */
function describeCause(error) {
  const { name, cause } = /** @type {{ name?: string, cause?: { code?: string } }} */ (error);
  return cause?.code ?? name ?? 'unknown';
}
