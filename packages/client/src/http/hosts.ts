/** The base URLs of a client and which of them is in use. */
export interface Hosts {
  readonly current: string;
  /** Goes on to the next one, unless another call has already left this one. */
  leave(baseUrl: string): void;
}

export function createHosts(baseUrls: readonly string[]): Hosts {
  let index = 0;
  return {
    get current() {
      return baseUrls[index] as string;
    },
    leave(baseUrl) {
      if (baseUrls[index] === baseUrl) index = (index + 1) % baseUrls.length;
    },
  };
}
