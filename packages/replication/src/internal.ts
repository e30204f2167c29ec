/** For the packages of this repository; it may change with any release. */
export { atEndOfTurn } from './node/driver/end-of-turn.js';
