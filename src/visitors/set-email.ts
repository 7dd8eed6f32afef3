import { isDeepStrictEqual } from "node:util";
import type { Statement, Transaction } from "../database/database.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";
import { visitorAddress } from "./visitor-address.js";

/** The channel of the addresses that visitors type and agents enter. */
export const emailChannel = "email";

/**
 * Sets the email address of a visitor, whose row the caller has locked; null removes it. Setting the current address again
 * keeps its deliveries and its source, except that the source becomes IDENTITY if an identity contains it.
 */
export async function setEmail(
  transaction: Transaction,
  services: Services,
  visitor: Visitor,
  email: { readonly address: Json; readonly source: EmailSource } | null,
  now: Date,
): Promise<void> {
  const current = visitorAddress(visitor, emailChannel)?.address ?? null;
  const address = email?.address ?? null;
  if (!isDeepStrictEqual(current, address)) {
    await changeAddress(transaction, services, visitor.id, emailChannel, address, email?.source ?? null, now);
  } else if (email?.source === EmailSource.IDENTITY && visitor.emailSource !== EmailSource.IDENTITY) {
    await transaction.query(verifyEmailStatement, [visitor.id]);
  }
}

const verifyEmailStatement: Statement = {
  name: "set-email-source-identity",
  text: "UPDATE visitors SET email_source = 'IDENTITY' WHERE id = $1",
};
