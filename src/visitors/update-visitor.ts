import { validate } from "uuid";
import { badUserInput, notFound } from "../errors.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { lockWritableVisitor, rereadVisitor } from "./lock-visitor.js";
import { renameVisitor } from "./rename-visitor.js";
import { type AddressInput, lockImmediateAddresses, parseAddressInputs, setAddresses } from "./set-addresses.js";
import { setEmail } from "./set-email.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";
import { emailChannel } from "./visitor-address.js";

export interface UpdateVisitorInput {
  readonly visitorId: string;
  /** Null removes it, undefined changes nothing. */
  readonly email?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** Each channel at most once; email either here or in `email`. */
  readonly addresses?: readonly AddressInput[] | null | undefined;
}

/**
 * Stores what an agent has learned about a visitor, such as an address that was mentioned in the conversation. An email
 * address that an agent enters or confirms counts as proven.
 * @throws NOT_FOUND, BAD_USER_INPUT for `input.email`, `input.name` or an entry of `input.addresses`, CONFLICT for erased
 * visitors, or if another visitor has the address on an IMMEDIATE channel
 */
export async function updateVisitor(
  services: Services,
  _viewer: AgentViewer,
  input: UpdateVisitorInput,
): Promise<Visitor> {
  if (!validate(input.visitorId)) throw notFound("visitor");
  const email =
    input.email == null
      ? null
      : {
          address: parseAddress(services, emailChannel, "input.email", input.email),
          origin: { source: EmailSource.AGENT } as const,
        };
  const addresses = parseAddressInputs(services, input.addresses ?? []);
  if (input.email !== undefined && addresses.some(({ channel }) => channel === emailChannel)) {
    throw badUserInput("input.addresses", "Give the email address only once: in email, or in addresses.");
  }
  const name = input.name == null ? null : parseName("input.name", input.name);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    await lockImmediateAddresses(transaction, services, addresses);
    const visitor = await lockWritableVisitor(transaction, input.visitorId);
    if (input.name !== undefined) await renameVisitor(transaction, visitor, name);
    if (input.email !== undefined) await setEmail(transaction, services, visitor, email, now);
    await setAddresses(transaction, services, visitor, addresses, now);
    return rereadVisitor(transaction, visitor.id);
  });
}
