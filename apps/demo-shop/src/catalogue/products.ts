import type { Product } from './product.js';

/** The catalogue. Part of the program, so every node sells the same. */
export const PRODUCTS: readonly Product[] = [
  {
    sku: 'ghost-light',
    name: 'Ghost light',
    summary: 'Burns on the empty stage until somebody comes back.',
    description:
      'A bare bulb on a cast-iron foot. Theatres leave one burning through the night, so that ' +
      'the first person in finds the edge of the stage before it finds them.',
    category: 'Light',
    priceCents: 8_900,
  },
  {
    sku: 'cue-light',
    name: 'Cue light',
    summary: 'Red: stand by. Green: go. Nothing else to misread.',
    description:
      'Two lenses in a folded steel box, dim enough for the wings and bright enough to be seen ' +
      'from the corner of an eye. Bracket and two metres of cable included.',
    category: 'Light',
    priceCents: 3_950,
  },
  {
    sku: 'footlight',
    name: 'Shell footlight',
    summary: 'A brass scallop that hides the lamp from the stalls.',
    description:
      'Spun brass, one scallop wide. Throws a warm edge upwards and keeps every bit of glare ' +
      'off the front row. Takes any lamp up to 25 watts.',
    category: 'Light',
    priceCents: 5_600,
  },
  {
    sku: 'prompt-book',
    name: 'Prompt book',
    summary: 'Linen-bound, interleaved, and it opens flat.',
    description:
      'Two hundred leaves, every second one blank for blocking and cues. Sewn rather than ' +
      'glued, because it will be open on the same page for a six-week run.',
    category: 'Paper',
    priceCents: 2_450,
  },
  {
    sku: 'gel-swatches',
    name: 'Gel swatch book',
    summary: 'Sixty colours of air, riveted at one corner.',
    description:
      'Hold one up to the working light and you know what the second act looks like. Names and ' +
      'transmission curves are printed between the leaves.',
    category: 'Paper',
    priceCents: 1_200,
  },
  {
    sku: 'two-tickets',
    name: 'Two for tonight',
    summary: 'A pair of returns, row F, on the aisle.',
    description:
      'Letterpress tickets for a performance that has not been cancelled yet. Keep the stubs: ' +
      'whoever goes on tonight may be somebody you tell people about.',
    category: 'Paper',
    priceCents: 4_800,
  },
  {
    sku: 'rehearsal-mask',
    name: 'Rehearsal mask',
    summary: 'A neutral face to practise being somebody in.',
    description:
      'Papier-mâché over a beech form, with no expression of its own. Everything the audience ' +
      'will see in it has to come from below the neck.',
    category: 'Wardrobe',
    priceCents: 2_800,
  },
  {
    sku: 'opera-glasses',
    name: 'Opera glasses',
    summary: 'Three times closer, without leaving the gallery.',
    description:
      'Three-power glass in a lacquered frame, small enough for a pocket. For finding out from ' +
      'the last row which of the twins is on.',
    category: 'Wardrobe',
    priceCents: 6_400,
  },
  {
    sku: 'greasepaint',
    name: 'Greasepaint tin',
    summary: 'Six sticks that turn you into the other one.',
    description:
      'Ivory, carmine, lake, umber, black and a blue nobody has used up yet. The lid is a ' +
      'mirror, which is all the dressing room an understudy gets.',
    category: 'Wardrobe',
    priceCents: 3_150,
  },
  {
    sku: 'stopwatch',
    name: 'Stage manager’s stopwatch',
    summary: 'Running times to the second, every single night.',
    description:
      'A mechanical split-second movement with a silent crown. Thirty-minute dial, because no ' +
      'scene should be longer than that.',
    category: 'Backstage',
    priceCents: 5_200,
  },
  {
    sku: 'stage-door-key',
    name: 'Stage door key',
    summary: 'Brass. Opens the only door that matters.',
    description:
      'Cut to your own pattern on request, otherwise a handsome paperweight. Stamped with the ' +
      'number of the house you were hoping for.',
    category: 'Backstage',
    priceCents: 1_650,
  },
  {
    sku: 'gaffer-tape',
    name: 'Gaffer tape, black',
    summary: 'Holds every production together, including this one.',
    description:
      'Fifty metres of matt cloth tape. Tears straight by hand, leaves nothing on the boards, ' +
      'and marks where you stand when it is finally your turn.',
    category: 'Backstage',
    priceCents: 950,
  },
];
