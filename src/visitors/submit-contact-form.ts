import { forbidden } from "../errors.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";
import type { VisitorViewer } from "../viewer.js";
import { lockWritableVisitor, refuseBlocked, rereadVisitor } from "./lock-visitor.js";
import { renameVisitor } from "./rename-visitor.js";
import { setEmail } from "./set-email.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";
import { emailChannel } from "./visitor-address.js";

export interface SubmitContactFormInput {
  readonly email: string;
  readonly name?: string | null | undefined;
}

/**
 * Stores the email address that a visitor entered in the contact form. It is not proven to be theirs, so another visitor
 * with the same address stays a separate visitor. A missing or empty name changes nothing.
 * @param network where it was typed, as `networkOf` gives it; null counts towards no network's limit
 * @throws FORBIDDEN for guests and blocked visitors, BAD_USER_INPUT for `input.email` or `input.name`, CONFLICT for erased visitors
 */
export async function submitContactForm(
  services: Services,
  viewer: VisitorViewer,
  input: SubmitContactFormInput,
  network: string | null = null,
): Promise<Visitor> {
  if (viewer.guestOf !== null)
    throw forbidden("This is a guest session opened by a link: it cannot set an email address.");
  const address = parseAddress(services, emailChannel, "input.email", input.email);
  const name = input.name == null ? null : parseName("input.name", input.name);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    const visitor = await lockWritableVisitor(transaction, viewer.visitorId);
    refuseBlocked(visitor);
    if (name !== null) await renameVisitor(transaction, visitor, name);
    const origin = { source: EmailSource.FORM, sessionId: viewer.sessionId, network } as const;
    await setEmail(transaction, services, visitor, { address, origin }, now);
    return rereadVisitor(transaction, visitor.id);
  });
}
