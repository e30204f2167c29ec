/** Run on every start; each statement leaves an existing table alone. */
export const SCHEMA: readonly string[] = [
  `create table if not exists users (
    username text primary key,
    password_hash text not null,
    roles text not null,
    created_at integer not null
  ) strict`,
  // `order_key` is what makes an order happen once: a wizard instance or an idempotency key.
  `create table if not exists orders (
    id text primary key,
    order_key text not null unique,
    customer text not null,
    currency text not null,
    total integer not null,
    items text not null,
    contact text,
    delivery text,
    payment text,
    placed_at integer not null,
    placed_by text not null
  ) strict`,
  'create index if not exists orders_by_customer on orders (customer, placed_at desc)',
];
