// @ts-check

/**
 * What every node shows. One that dies while it is asked shows nothing: a visit that nobody watches any
 * more is looked at in the middle of a run, whatever goes on.
 *
 * @template T
 * @param {() => readonly string[]} nodeUrls  Without those that are down.
 * @param {(url: string) => Promise<T>} read
 * @returns {Promise<T[]>}
 * @throws What a node said, or that it could not be asked, when it is there.
 */
export async function readFromEach(nodeUrls, read) {
  /** @type {T[]} */
  const shown = [];
  for (const url of nodeUrls()) {
    try {
      shown.push(await read(url));
    } catch (error) {
      if (nodeUrls().includes(url)) throw error;
    }
  }
  return shown;
}
