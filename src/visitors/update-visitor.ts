import { validate } from "uuid";
import { badUserInput, notFound } from "../errors.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { type AddressInput, giveAddresses, lockAccounts, parseGivenAddresses } from "./give-addresses.js";
import { emailChannel, giveEmail } from "./give-email.js";
import { lockVisitor, refuseErased, rereadVisitor } from "./lock-visitor.js";
import { renameVisitor } from "./rename-visitor.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";

export interface UpdateVisitorInput {
  readonly visitorId: string;
  /** Null clears, undefined leaves. */
  readonly email?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** Each channel at most once, email not beside `email`. */
  readonly addresses?: readonly AddressInput[] | null | undefined;
}

/**
 * Notes what an agent learned of a visitor, such as an address that was given in words.
 * @throws NOT_FOUND, BAD_USER_INPUT for `input.email`, `input.name` or an entry of `input.addresses`, CONFLICT for erased
 * visitors, or when another visitor has an IMMEDIATE channel's address
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
      : { address: parseAddress(services, emailChannel, "input.email", input.email), source: EmailSource.AGENT };
  const given = parseGivenAddresses(services, input.addresses ?? []);
  if (input.email !== undefined && given.some(({ channel }) => channel === emailChannel)) {
    throw badUserInput("input.addresses", "Give the email address once: by email, or in addresses.");
  }
  const name = input.name == null ? null : parseName("input.name", input.name);
  const now = services.clock.now();
  return services.database.transaction(async (transaction) => {
    await lockAccounts(transaction, services, given);
    const visitor = await lockVisitor(transaction, input.visitorId);
    if (visitor === null) throw notFound("visitor");
    refuseErased(visitor);
    if (input.name !== undefined) await renameVisitor(transaction, visitor, name);
    if (input.email !== undefined) await giveEmail(transaction, services, visitor, email, now);
    await giveAddresses(transaction, services, visitor, given, now);
    return rereadVisitor(transaction, visitor.id);
  });
}
