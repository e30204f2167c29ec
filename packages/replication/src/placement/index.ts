export { type PlacementMember, rank, ranksFirst } from './rank.js';
