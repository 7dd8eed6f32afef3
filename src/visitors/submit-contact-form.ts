import { forbidden, notFound } from "../errors.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";
import type { VisitorViewer } from "../viewer.js";
import { emailChannel, giveEmail } from "./give-email.js";
import { lockVisitor, refuseErased, rereadVisitor } from "./lock-visitor.js";
import { renameVisitor } from "./rename-visitor.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";

export interface SubmitContactFormInput {
  readonly email: string;
  readonly name?: string | null | undefined;
}

/**
 * Notes the address that a visitor typed into the contact form. It proves nothing: whoever else has the same address
 * stays a visitor of their own. A name that is left out or empty changes nothing.
 * @throws FORBIDDEN for guests, BAD_USER_INPUT for `input.email` or `input.name`, CONFLICT for erased visitors
 */
export async function submitContactForm(
  services: Services,
  viewer: VisitorViewer,
  input: SubmitContactFormInput,
): Promise<Visitor> {
  if (viewer.guestOf !== null) throw forbidden("Who came by a link stays a guest: an address cannot be given here.");
  const address = parseAddress(services, emailChannel, "input.email", input.email);
  const name = input.name == null ? null : parseName("input.name", input.name);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    const visitor = await lockVisitor(transaction, viewer.visitorId);
    if (visitor === null) throw notFound("visitor");
    refuseErased(visitor);
    if (name !== null) await renameVisitor(transaction, visitor, name);
    await giveEmail(transaction, services, visitor, { address, source: EmailSource.FORM }, now);
    return rereadVisitor(transaction, visitor.id);
  });
}
