/** For the packages of this repository; it may change with any release. */
export { atEndOfTurn } from './node/end-of-turn.js';
