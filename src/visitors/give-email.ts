import { isDeepStrictEqual } from "node:util";
import type { Statement, Transaction } from "../database/database.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";
import { visitorAddress } from "./visitor-presence.js";

/** The channel whose addresses people type and agents note. */
export const emailChannel = "email";

/**
 * Gives a visitor, whose row the caller has locked, an email address; null takes it away. The address that is known
 * already keeps its deliveries and its source, except that an identity vouches for it from now on.
 */
export async function giveEmail(
  transaction: Transaction,
  services: Services,
  visitor: Visitor,
  email: { readonly address: Json; readonly source: EmailSource } | null,
  now: Date,
): Promise<void> {
  const known = visitorAddress(visitor, emailChannel)?.address ?? null;
  if (!isDeepStrictEqual(known, email?.address ?? null)) {
    await changeAddress(
      transaction,
      services,
      visitor.id,
      emailChannel,
      email?.address ?? null,
      email?.source ?? null,
      now,
    );
  } else if (email?.source === EmailSource.IDENTITY && visitor.emailSource !== EmailSource.IDENTITY) {
    await transaction.query(vouchStatement, [visitor.id]);
  }
}

const vouchStatement: Statement = {
  name: "vouch-for-email",
  text: "UPDATE visitors SET email_source = 'IDENTITY' WHERE id = $1",
};
