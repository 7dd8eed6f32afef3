import { validate } from "uuid";
import { lockConversation } from "../../conversations/find-conversation.js";
import { conflict, notFound } from "../../errors.js";
import type { Services } from "../../services.js";
import type { Viewer } from "../../viewer.js";
import { type Delivery, DeliveryStatus } from "./delivery.entity.js";
import { readDelivery } from "./read-delivery.js";
import { recordReceipt } from "./record-receipt.js";
import { retryDelivery } from "./retry-delivery.js";

export interface Settlement {
  readonly deliveryId: string;
  /** What a person found out, by asking the visitor or the mail server for instance. */
  readonly arrived: boolean;
}

/**
 * Settles an UNCERTAIN delivery: one that arrived becomes SENT, as of when it was tried; one that did not is queued again.
 * @throws NOT_FOUND; CONFLICT when it has another status; and what `retryDelivery` throws
 */
export async function settleDelivery(
  services: Services,
  viewer: Viewer,
  { deliveryId, arrived }: Settlement,
): Promise<Delivery> {
  if (!validate(deliveryId)) throw notFound("delivery");
  if (!arrived) {
    const found = await services.database.transaction((transaction) => readDelivery(transaction, deliveryId));
    if (found === null) throw notFound("delivery");
    requireUncertain(found);
    return retryDelivery(services, viewer, deliveryId);
  }
  return services.database.transaction(async (transaction) => {
    const before = await readDelivery(transaction, deliveryId);
    if (before === null) throw notFound("delivery");
    await lockConversation(transaction, viewer, before.conversationId);
    const found = (await readDelivery(transaction, deliveryId)) ?? before;
    requireUncertain(found);
    const now = services.clock.now();
    const at = found.finishedAt ?? now;
    await recordReceipt(transaction, found.channel, { deliveryId }, { status: "SENT", at, externalId: null }, now);
    return (await readDelivery(transaction, deliveryId)) ?? found;
  });
}

function requireUncertain({ status }: Delivery): void {
  if (status !== DeliveryStatus.UNCERTAIN)
    throw conflict(`Only an UNCERTAIN delivery is settled by a person; this one is ${status}.`);
}
