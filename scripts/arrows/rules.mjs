// @ts-check
import { posix } from 'node:path';

/**
 * @typedef {object} SourceFile
 * @property {string} path  Relative to the checkout, with forward slashes.
 * @property {readonly string[]} dependencies  Names its package.json lets it import at run time.
 *
 * @typedef {object} Zone  A folder, or a file, that must stay pure.
 * @property {string} folder
 * @property {readonly string[]} folders  Other pure folders and files it may import from.
 * @property {readonly string[]} modules  Packages and Node modules it may import.
 */

const REPLICATION = 'packages/replication/src';
const CORE = `${REPLICATION}/core/`;
const PLACEMENT = `${REPLICATION}/placement/`;
const ERRORS = `${REPLICATION}/errors.js`;

/** @type {readonly Zone[]} */
const ZONES = [
  { folder: CORE, folders: [PLACEMENT, ERRORS], modules: [] },
  { folder: PLACEMENT, folders: [], modules: [] },
  { folder: `${REPLICATION}/errors.ts`, folders: [CORE], modules: [] },
  {
    // Ciphers, MACs and key derivation are functions of their input; randomness is not, so it comes
    // from outside, and no other file of the codec has a use for this module.
    folder: `${REPLICATION}/codec/seal.ts`,
    folders: [`${REPLICATION}/codec/`, CORE, ERRORS],
    modules: ['node:crypto'],
  },
  {
    folder: `${REPLICATION}/codec/`,
    folders: [CORE, ERRORS],
    modules: ['msgpackr', 'node:zlib'],
  },
];

/** Which packages of ours a package may use. Apps may use all of them; nobody may use an app. */
const OURS = {
  'packages/replication': [],
  'packages/client': [],
  'packages/nest-session': ['@understudy/replication'],
};

/** What the engine must not know: frameworks and HTTP. */
const NOT_IN_REPLICATION =
  /^(?:@nestjs\/|express$|fastify$|@fastify\/|undici$|node:https?$|node:http2$)/;

/**
 * @param {SourceFile} file
 * @param {string} specifier  What the file imports.
 * @returns {string | null} Why that is against the order of the house, or null.
 */
export function judgeImport(file, specifier) {
  const isRelative = specifier.startsWith('.');
  const target = isRelative ? posix.join(posix.dirname(file.path), specifier) : null;
  return (
    leavesPackage(file.path, target) ??
    reachesInside(specifier) ??
    (isTest(file.path)
      ? null
      : (leavesZone(file.path, specifier, target) ?? breaksLayering(file, specifier)))
  );
}

/** @param {string} path */
function isTest(path) {
  return /\.test(?:-[a-z]+)?\.[cm]?tsx?$/.test(path) || /^[^/]+\/[^/]+\/test\//.test(path);
}

/**
 * @param {string} path
 * @returns {string | null} `packages/client` and the like.
 */
export function packageOf(path) {
  return /^(?:packages|apps)\/[^/]+(?=\/)/.exec(path)?.[0] ?? null;
}

/** @param {string} path @param {string | null} target */
function leavesPackage(path, target) {
  const home = packageOf(path);
  if (home === null || target === null || target.startsWith(`${home}/`)) return null;
  // Tests of a package may share what finds programs and starts processes.
  if (isTest(path) && /^(?:test|scripts)\//.test(target)) return null;
  return `reaches out of ${home} by a relative path; import the package by its name`;
}

/** @param {string} specifier */
function reachesInside(specifier) {
  if (!/^@understudy\/[^/]+\/(?:src|dist)(?:\/|$)/.test(specifier)) return null;
  return 'reaches into the files of another package; import one of its entries';
}

/** @param {string} path @param {string} specifier @param {string | null} target */
function leavesZone(path, specifier, target) {
  const zone = ZONES.find(({ folder }) => path.startsWith(folder));
  if (zone === undefined) return null;
  const { folder, folders, modules } = zone;
  const allowed =
    target === null
      ? modules.includes(specifier)
      : [folder, ...folders].some((inside) => target.startsWith(inside));
  if (allowed) return null;
  const also = [...folders, ...modules];
  const only = also.length === 0 ? 'itself alone' : `itself, ${also.join(', ')}`;
  return `${folder} is pure and may import ${only}`;
}

/** @param {SourceFile} file @param {string} specifier */
function breaksLayering({ path, dependencies }, specifier) {
  const home = packageOf(path);
  if (home === null || specifier.startsWith('.')) return null;
  if (home === 'packages/replication' && NOT_IN_REPLICATION.test(specifier)) {
    return 'the engine knows neither Nest nor HTTP';
  }
  if (specifier.startsWith('node:')) return null;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (Object.hasOwn(OURS, home) && name.startsWith('@understudy/')) {
    const allowed = OURS[/** @type {keyof typeof OURS} */ (home)];
    if (!(/** @type {readonly string[]} */ (allowed).includes(name))) {
      return `${home} must not use ${name}: the arrows run the other way`;
    }
  }
  if (dependencies.includes(name)) return null;
  return `${name} is not among the dependencies of ${home}`;
}
