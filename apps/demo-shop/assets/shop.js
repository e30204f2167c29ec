// Everything works without this file. With it, a quantity in the basket changes as it is typed,
// and the dock follows the node that answered.

const ATTEMPTS = 3;

for (const form of document.querySelectorAll('[data-quantity]')) {
  const input = form.elements.quantity;
  const set = oneAtATime((quantity) => setQuantity(form, quantity));
  input.addEventListener('change', () => {
    // As it is now: by the time it is sent the next one may be half typed.
    if (input.reportValidity()) set(Number(input.value)).catch(() => form.submit());
  });
}
document.querySelector('[data-cart]')?.classList.add('enhanced');

/** Of two requests under way either may arrive last: the later value waits, and only the last one. */
function oneAtATime(work) {
  const waiting = [];
  let running = false;
  return async (value) => {
    waiting.splice(0, 1, value);
    if (running) return;
    running = true;
    try {
      while (waiting.length > 0) await work(waiting.pop());
    } finally {
      running = false;
    }
  };
}

async function setQuantity(form, quantity) {
  const row = form.closest('[data-sku]');
  const response = await send(`/api/cart/items/${encodeURIComponent(row.dataset.sku)}`, {
    method: 'PATCH',
    headers: {
      'Content-Type': 'application/json',
      'X-CSRF-Token': form.elements._csrf.value,
      // One key for all attempts: the node that takes over answers what the first one did.
      'Idempotency-Key': `"${crypto.randomUUID()}"`,
    },
    body: JSON.stringify({ quantity }),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  showCart(row, await response.json());
  showNode(response.headers.get('Session-Info'));
}

/** Sends again when a node went away or asks for a moment of patience. */
async function send(url, options) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, options).catch((error) => {
      if (attempt >= ATTEMPTS) throw error;
    });
    const isOver = response !== undefined && ![502, 503, 504].includes(response.status);
    if (isOver || attempt >= ATTEMPTS) return response;
    const seconds = Number(response?.headers.get('Retry-After') ?? 0.2);
    await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 5) * 1000));
  }
}

function showCart(row, cart) {
  const item = cart.items.find(({ sku }) => sku === row.dataset.sku);
  if (item === undefined || cart.items.length === 0) {
    location.reload();
    return;
  }
  row.querySelector('[data-line-total]').textContent = item.totalText;
  document.querySelector('[data-cart-total]').textContent = cart.totalText;
  document.querySelector('[data-cart-count]').textContent = cart.quantity;
}

/** `Session-Info: node="n2", rev="3.41", …` */
function showNode(info) {
  const node = /\bnode="([^"]*)"/.exec(info ?? '')?.[1];
  const revision = /\brev="([^"]*)"/.exec(info ?? '')?.[1];
  const shown = document.querySelector('[data-dock-node]');
  // Another node: its badge is drawn by the server, so ask for a fresh page the next time.
  if (node !== undefined && shown !== null && !shown.textContent.includes(node)) {
    shown.textContent = node;
  }
  mark('[data-dock-revision]', revision);
}

function mark(selector, text) {
  const element = document.querySelector(selector);
  if (element === null || text === undefined || element.textContent === text) return;
  element.textContent = text;
  element.removeAttribute('data-changed');
  requestAnimationFrame(() => element.setAttribute('data-changed', ''));
}
