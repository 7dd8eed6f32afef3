import type { Transaction } from "../database/database.js";
import { proveAddress } from "../forwarding/addresses/prove-address.js";
import type { Services } from "../services.js";
import { activateGuestSession } from "../sessions/activate-guest.js";
import type { Viewer } from "../viewer.js";
import { lockVisitor } from "./lock-visitor.js";
import { fingerprintsOf } from "./resume-code.js";
import { AddressProofKind } from "./visitor.entity.js";
import { emailChannel, visitorAddress } from "./visitor-address.js";

/**
 * Activates a guest's session at its first recordActivity, markRead or sendMessage: a person followed the link, not a mail
 * scanner, even one that runs the page. That proves the address that the link was sent to, if it is still the visitor's.
 */
export async function activateGuest(
  transaction: Transaction,
  services: Pick<Services, "config">,
  viewer: Viewer,
  now: Date,
): Promise<void> {
  const linkedAddress = await activateGuestSession(transaction, viewer, now);
  if (viewer.kind === "visitor" && linkedAddress !== null) {
    await proveLinkedAddress(transaction, services, viewer.visitorId, linkedAddress, now);
  }
}

/**
 * Proves the address that a followed link was sent to.
 * @param linkedAddress its fingerprint, from the code in the link
 */
export async function proveLinkedAddress(
  transaction: Transaction,
  services: Pick<Services, "config">,
  visitorId: string,
  linkedAddress: string,
  now: Date,
): Promise<void> {
  const visitor = await lockVisitor(transaction, visitorId);
  const email = visitor === null ? null : visitorAddress(visitor, emailChannel);
  // The visitor may have typed another address since the email was sent.
  if (visitor === null || email === null) return;
  if (!fingerprintsOf(services, emailChannel, email.address).includes(linkedAddress)) return;
  await proveAddress(transaction, visitor.id, AddressProofKind.LINK, now);
}
