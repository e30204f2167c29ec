import type { UpstreamHead } from '../upstream/upstream.js';

/** The head with our cookie behind the node's own fields, where one is due. */
export function withNodeCookie(head: UpstreamHead, setCookie: string | undefined): UpstreamHead {
  if (setCookie === undefined) return head;
  return { ...head, headers: [...head.headers, 'Set-Cookie', setCookie] };
}
