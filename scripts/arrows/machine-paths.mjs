// @ts-check
import { homedir } from 'node:os';

/** Folders in which people and CI systems keep their files. */
const PERSONAL = /(?:\/home\/|\/Users\/|\/root\/|\b[A-Z]:\\+Users\\+)[\w.-]+/;

/**
 * Finds paths that hold on one machine only.
 *
 * @param {string} text
 * @param {readonly string[]} [here]  Folders of this machine: the checkout, the home folder.
 * @returns {{ line: number, found: string }[]}
 */
export function findMachinePaths(text, here = [homedir()]) {
  const known = here.filter((folder) => folder.split(/[\\/]/).filter(Boolean).length >= 2);
  return text.split('\n').flatMap((content, index) => {
    const personal = PERSONAL.exec(content)?.[0];
    const found = personal ?? known.find((folder) => content.includes(folder));
    return found === undefined ? [] : [{ line: index + 1, found }];
  });
}
