// @ts-check
import { parseSync } from 'vite';

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {number} line  From 1.
 */

/** Nodes that name another module, and where the name stands in them. */
const NAMING = new Map([
  ['ImportDeclaration', 'source'],
  ['ExportNamedDeclaration', 'source'],
  ['ExportAllDeclaration', 'source'],
  ['ImportExpression', 'source'],
  ['TSImportType', 'source'],
  ['TSExternalModuleReference', 'expression'],
]);

/**
 * Every module a TypeScript or JavaScript file names, types included: `import`, `export … from`,
 * `import()`, `import('x').T`, `import x = require('x')` and `require('x')`.
 *
 * @param {string} path  Its extension decides how it is parsed.
 * @param {string} text
 * @returns {Import[]}
 * @throws {SyntaxError} A file that cannot be parsed must not pass as one without imports.
 */
export function findImports(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`);
  /** @type {Import[]} */
  const found = [];
  visit(program, (node) => {
    const name = nameOf(node);
    if (typeof name?.value !== 'string') return;
    found.push({ specifier: name.value, line: text.slice(0, name.start).split('\n').length });
  });
  return found;
}

/**
 * @param {any} node
 * @returns {{ value?: unknown, start: number } | undefined}
 */
function nameOf(node) {
  const field = NAMING.get(node.type);
  if (field !== undefined) return node[field] ?? undefined;
  const isRequire = node.type === 'CallExpression' && node.callee?.name === 'require';
  return isRequire ? node.arguments[0] : undefined;
}

/**
 * @param {unknown} value
 * @param {(node: any) => void} callback
 */
function visit(value, callback) {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, callback);
  } else if (value !== null && typeof value === 'object') {
    if ('type' in value) callback(value);
    for (const child of Object.values(value)) visit(child, callback);
  }
}
