import { isDeepStrictEqual } from "node:util";
import type { Statement, Transaction } from "../database/database.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import { proveAddress } from "../forwarding/addresses/prove-address.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import type { EmailOrigin } from "./email-origin.js";
import { AddressProofKind, EmailSource, type Visitor } from "./visitor.entity.js";
import { emailChannel, visitorAddress } from "./visitor-address.js";

/**
 * Sets the email address of a visitor, whose row the caller has locked; null removes it. Setting the current address again
 * keeps its deliveries and its source, except that the source becomes IDENTITY if an identity contains it. An agent or an
 * identity that names the current address proves it.
 */
export async function setEmail(
  transaction: Transaction,
  services: Services,
  visitor: Visitor,
  email: { readonly address: Json; readonly origin: EmailOrigin } | null,
  now: Date,
): Promise<void> {
  const current = visitorAddress(visitor, emailChannel)?.address ?? null;
  const address = email?.address ?? null;
  if (!isDeepStrictEqual(current, address)) {
    await changeAddress(transaction, services, visitor.id, emailChannel, address, email?.origin ?? null, now);
  } else if (email?.origin.source === EmailSource.AGENT) {
    await proveAddress(transaction, visitor.id, AddressProofKind.AGENT, now);
  } else if (email?.origin.source === EmailSource.IDENTITY) {
    await proveAddress(transaction, visitor.id, AddressProofKind.IDENTITY, now);
    if (visitor.emailSource !== EmailSource.IDENTITY) await transaction.query(verifyEmailStatement, [visitor.id]);
  }
}

const verifyEmailStatement: Statement = {
  name: "set-email-source-identity",
  text: "UPDATE visitors SET email_source = 'IDENTITY' WHERE id = $1",
};
