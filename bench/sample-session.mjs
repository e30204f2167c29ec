// @ts-check
/** A signed-in session of about 0.8 KB: a cart, preferences, device facts. */

/** @param {number} index */
export function sampleSession(index) {
  const text = (/** @type {string} */ name) => `${name}-${(index * 2654435761) % 1_000_003}`;
  return {
    document: {
      data: {
        cart: {
          currency: 'EUR',
          items: [1, 2, 3, 4].map((item) => ({
            sku: text(`article-${item}`),
            title: `A thing of some kind, number ${item}`,
            quantity: item,
            priceCents: 1999 + item,
          })),
        },
        preferences: { language: 'en-GB', theme: 'dark', pageSize: 50, newsletter: false },
        lastSeen: { path: '/catalogue/outdoor/tents?page=3', at: 1_790_000_000_000 + index },
        search: ['tent two persons', 'sleeping bag', 'stove', 'headlamp', 'rope 40 m'],
        notes: text('Please ring twice and leave the parcel with the neighbour'),
      },
      system: {
        principal: text('user'),
        roles: ['customer', 'reviewer'],
        csrf: text('a-token-of-some-length-as-they-are'),
        device: { browser: 'Firefox 128', platform: 'Linux x86_64', address: '192.0.2.17' },
      },
    },
    idleTimeoutMs: 1_800_000,
    journal: [],
    applied: [{ origin: 'owner-a~00000001', counter: index, watermark: index }],
    rates: new Map(),
    kind: /** @type {const} */ ('session'),
  };
}

/** A page view: one small value changes. @param {number} count */
export function sampleDelta(count) {
  return {
    operations: [
      {
        kind: /** @type {const} */ ('set'),
        path: ['data', 'lastSeen'],
        value: { path: `/catalogue/${count % 977}`, at: 1_790_000_000_000 + count },
      },
    ],
    id: { origin: 'owner-a~00000001', counter: count, watermark: count },
  };
}
