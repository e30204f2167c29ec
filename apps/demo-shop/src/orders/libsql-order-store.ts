import { randomBytes } from 'node:crypto';
import type { Database } from '../database/database.js';
import { LIMITS } from '../limits.js';
import type { Currency } from '../money/currency.js';
import type { Order, OrderDraft } from './order.js';
import { orderId } from './order-id.js';
import type { OrderStore } from './order-store.js';

interface OrderRow {
  readonly id: string;
  readonly currency: string;
  readonly total: number;
  readonly items: string;
  readonly contact: string | null;
  readonly delivery: string | null;
  readonly payment: string | null;
  readonly placed_at: number;
  readonly placed_by: string;
}

const COLUMNS = 'id, currency, total, items, contact, delivery, payment, placed_at, placed_by';

/** Orders in the SQLite file that all shop processes share. */
export class LibsqlOrderStore implements OrderStore {
  constructor(
    private readonly database: Database,
    private readonly newId: () => string = () => orderId(randomBytes(10)),
  ) {}

  async place(draft: OrderDraft): Promise<{ readonly order: Order; readonly isNew: boolean }> {
    // One statement decides: of two nodes placing the same order, one inserts and both read it.
    const { changes } = this.database
      .prepare(
        `insert into orders (id, order_key, customer, currency, total, items, contact, delivery,
           payment, placed_at, placed_by)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (order_key) do nothing`,
      )
      .run(
        this.newId(),
        draft.key,
        draft.customer,
        draft.currency,
        draft.total,
        JSON.stringify(draft.items),
        encode(draft.contact),
        encode(draft.delivery),
        encode(draft.payment),
        draft.placedAtMs,
        draft.placedBy,
      );
    const order = await this.findByKey(draft.key);
    if (order === undefined) throw new Error('an order was deleted while it was placed');
    return { order, isNew: changes > 0 };
  }

  async findByKey(key: string): Promise<Order | undefined> {
    const row = this.database.prepare(`select ${COLUMNS} from orders where order_key = ?`).get(key);
    return row === undefined ? undefined : toOrder(row as OrderRow);
  }

  async find(id: string, customers: readonly string[]): Promise<Order | undefined> {
    if (customers.length === 0) return undefined;
    const row = this.database
      .prepare(`select ${COLUMNS} from orders where id = ? and customer in (${marks(customers)})`)
      .get(id, ...customers);
    return row === undefined ? undefined : toOrder(row as OrderRow);
  }

  async list(customers: readonly string[]): Promise<readonly Order[]> {
    if (customers.length === 0) return [];
    const rows = this.database
      .prepare(
        `select ${COLUMNS} from orders where customer in (${marks(customers)})
         order by placed_at desc, id limit ?`,
      )
      .all(...customers, LIMITS.maxOrdersListed);
    return rows.map((row) => toOrder(row as OrderRow));
  }

  async reassign(from: string, to: string): Promise<void> {
    this.database.prepare('update orders set customer = ? where customer = ?').run(to, from);
  }
}

function encode(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function marks(values: readonly string[]): string {
  return values.map(() => '?').join(', ');
}

function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    items: JSON.parse(row.items),
    total: row.total,
    currency: row.currency as Currency,
    contact: row.contact === null ? null : JSON.parse(row.contact),
    delivery: row.delivery === null ? null : JSON.parse(row.delivery),
    payment: row.payment === null ? null : JSON.parse(row.payment),
    placedAtMs: row.placed_at,
    placedBy: row.placed_by,
  };
}
