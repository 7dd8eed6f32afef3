import type { Statement, Transaction } from "../../database/database.js";
import { Delivery } from "./delivery.entity.js";

/** A delivery as this transaction sees it; null when it does not exist. */
export async function readDelivery(transaction: Transaction, id: string): Promise<Delivery | null> {
  const [row] = await transaction.query<Delivery>(deliveryStatement, [id]);
  return row === undefined ? null : Object.assign(new Delivery(), row);
}

const deliveryStatement: Statement = { name: "delivery", text: "SELECT * FROM deliveries WHERE id = $1" };
