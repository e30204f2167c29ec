/**
 * Shares work under way: `share(key, work)` starts `work` unless what was started under the same key
 * has not ended yet, and returns that.
 */
export function createSharing(): <Value>(
  key: string,
  work: () => Promise<Value>,
) => Promise<Value> {
  const underWay = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const running = underWay.get(key) ?? work().finally(() => underWay.delete(key));
    underWay.set(key, running);
    return running as ReturnType<typeof work>;
  };
}
