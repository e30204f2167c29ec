/** For sibling packages of this repository only; no promise of stability. */
export { LIMITS } from './core/limits.js';
