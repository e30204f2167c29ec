// @ts-check
// Part of `npm run lint`: imports run one way, pure folders stay pure, and no file names a folder
// of somebody's machine. `node scripts/check-arrows.mjs [folder]`
import { resolve } from 'node:path';
import { checkTree } from './arrows/check-tree.mjs';
import { ROOT } from './cluster/paths.mjs';

const violations = checkTree(resolve(process.argv[2] ?? ROOT));
for (const { path, line, message } of violations) console.error(`${path}:${line} ${message}`);
if (violations.length > 0) {
  console.error(`${violations.length} violations of the order of the house`);
  process.exitCode = 1;
}
