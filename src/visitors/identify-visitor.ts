import type { Statement, Transaction } from "../database/database.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import type { Services } from "../services.js";
import { createVisitor } from "./create-visitor.js";
import { joinVisitors } from "./join-visitors.js";
import { lockVisitors, refuseBlocked, rereadVisitor } from "./lock-visitor.js";
import { renameVisitor } from "./rename-visitor.js";
import { setEmail } from "./set-email.js";
import type { Identity } from "./verify-identity.js";
import { EmailSource } from "./visitor.entity.js";
import { emailChannel } from "./visitor-address.js";

/** The visitor that an identity belongs to, and what that means for the previous session. */
export interface IdentifiedVisitor {
  readonly kind: "NEW" | "KEPT" | "JOINED";
  readonly visitorId: string;
  /** False if the previous session belongs to another visitor, so that a new one is needed. */
  readonly keepsSession: boolean;
  readonly movedSessionIds: readonly string[];
}

/** Serialises requests with the same identity. Must be called before the previous session is read. */
export async function lockIdentity(transaction: Transaction, identity: Identity): Promise<void> {
  await transaction.query(lockIdentityStatement, [identity.externalId]);
}

/**
 * Finds or creates the visitor of a verified identity, and updates their name and email address from it. If the previous
 * visitor is anonymous, it joins the visitor with this identity, or becomes that visitor if there is none yet. A previous
 * visitor with another external id is left alone.
 * @throws FORBIDDEN if one of the two is blocked
 */
export async function identifyVisitor(
  transaction: Transaction,
  services: Services,
  identity: Identity,
  previousVisitorId: string | null,
  now: Date,
): Promise<IdentifiedVisitor> {
  const identified = await findOrJoin(transaction, identity, previousVisitorId, now);
  await applyIdentity(transaction, services, identified.visitorId, identity, now);
  return identified;
}

async function findOrJoin(
  transaction: Transaction,
  identity: Identity,
  previousVisitorId: string | null,
  now: Date,
): Promise<IdentifiedVisitor> {
  const [found] = await transaction.query<{ id: string }>(findByExternalIdStatement, [identity.externalId]);
  const ids = [found?.id, previousVisitorId].filter((id) => id != null);
  const locked = await lockVisitors(transaction, ids);
  // Checked again under the lock: the visitor may have been erased meanwhile, which removes the external id.
  const known = [...locked.values()].find((visitor) => visitor.externalId === identity.externalId);
  const previous = previousVisitorId === null ? undefined : locked.get(previousVisitorId);
  const anonymous =
    previous !== undefined && previous.externalId === null && previous.aliasOf === null && previous.erasedAt === null
      ? previous
      : undefined;

  for (const visitor of [known, previous]) if (visitor !== undefined) refuseBlocked(visitor);

  if (known === undefined) {
    if (anonymous === undefined) {
      const visitorId = await createVisitor(transaction, identity.externalId, now);
      return { kind: "NEW", visitorId, keepsSession: false, movedSessionIds: [] };
    }
    await transaction.query(setExternalIdStatement, [anonymous.id, identity.externalId]);
    return { kind: "JOINED", visitorId: anonymous.id, keepsSession: true, movedSessionIds: [] };
  }
  if (anonymous !== undefined) {
    const movedSessionIds = await joinVisitors(transaction, anonymous, known, now);
    return { kind: "JOINED", visitorId: known.id, keepsSession: true, movedSessionIds };
  }
  const isSame = known.id === previous?.id;
  return { kind: isSame ? "KEPT" : "JOINED", visitorId: known.id, keepsSession: isSame, movedSessionIds: [] };
}

async function applyIdentity(
  transaction: Transaction,
  services: Services,
  visitorId: string,
  identity: Identity,
  now: Date,
): Promise<void> {
  const visitor = await rereadVisitor(transaction, visitorId);
  if (identity.name !== null) await renameVisitor(transaction, visitor, identity.name);
  if (identity.email !== null) {
    const address = parseAddress(services, emailChannel, "input.identity.token", identity.email);
    await setEmail(transaction, services, visitor, { address, origin: { source: EmailSource.IDENTITY } }, now);
  }
}

const lockIdentityStatement: Statement = {
  name: "lock-identity",
  text: "SELECT pg_advisory_xact_lock(hashtextextended('identity:' || $1::text, 0))",
};
const findByExternalIdStatement: Statement = {
  name: "find-visitor-by-external-id",
  text: "SELECT id FROM visitors WHERE external_id = $1",
};
const setExternalIdStatement: Statement = {
  name: "set-external-id",
  text: "UPDATE visitors SET external_id = $2 WHERE id = $1",
};
