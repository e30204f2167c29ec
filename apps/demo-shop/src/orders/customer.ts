/** Who an order belongs to: an account, or a browser that has not signed in. */
export function customerOfAccount(username: string): string {
  return `account:${username}`;
}

/** `visitor` is a random id that lives in the session, so it is as secret as the session. */
export function customerOfVisitor(visitor: string): string {
  return `visitor:${visitor}`;
}

/** Everyone a session may act for, most specific first. */
export function customersOf(
  username: string | undefined,
  visitor: string | undefined,
): readonly string[] {
  return [
    ...(username === undefined ? [] : [customerOfAccount(username)]),
    ...(visitor === undefined ? [] : [customerOfVisitor(visitor)]),
  ];
}
