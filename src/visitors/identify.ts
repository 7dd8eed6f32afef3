import { v7 } from "uuid";
import type { Statement, Transaction } from "../database/database.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import type { Services } from "../services.js";
import { emailChannel, giveEmail } from "./give-email.js";
import type { Identity } from "./identity.js";
import { joinVisitors } from "./join-visitors.js";
import { lockVisitors, rereadVisitor } from "./lock-visitor.js";
import { renameVisitor } from "./rename-visitor.js";
import { EmailSource } from "./visitor.entity.js";

/** Whom an identity belongs to, and what that makes of the kept session. */
export interface Identified {
  readonly kind: "NEW" | "KEPT" | "JOINED";
  readonly visitorId: string;
  /** False: the kept token is somebody else's, so a session of its own begins. */
  readonly keepsSession: boolean;
  readonly movedSessionIds: readonly string[];
}

/** To be called before the kept session is read: two pages that bring the same identity at once take turns. */
export async function lockIdentity(transaction: Transaction, identity: Identity): Promise<void> {
  await transaction.query(lockIdentityStatement, [identity.externalId]);
}

/**
 * Finds the visitor of a verified identity, or makes one: the kept token's visitor if that one is anonymous, who joins
 * the visitor whom the website knows already, if there is one. A kept visitor with another external id joins nothing.
 * Then the identity's name and address are noted.
 */
export async function identify(
  transaction: Transaction,
  services: Services,
  identity: Identity,
  keptVisitorId: string | null,
  now: Date,
): Promise<Identified> {
  const identified = await findOrJoin(transaction, identity, keptVisitorId, now);
  await noteIdentity(transaction, services, identified.visitorId, identity, now);
  return identified;
}

async function findOrJoin(
  transaction: Transaction,
  identity: Identity,
  keptVisitorId: string | null,
  now: Date,
): Promise<Identified> {
  const [found] = await transaction.query<{ id: string }>(findByExternalIdStatement, [identity.externalId]);
  const ids = [found?.id, keptVisitorId].filter((id) => id != null);
  const locked = await lockVisitors(transaction, ids);
  // An erased visitor has lost the external id: it may have happened before we held the lock.
  const known = [...locked.values()].find((visitor) => visitor.externalId === identity.externalId);
  const kept = keptVisitorId === null ? undefined : locked.get(keptVisitorId);
  const anonymous =
    kept !== undefined && kept.externalId === null && kept.aliasOf === null && kept.erasedAt === null
      ? kept
      : undefined;

  if (known === undefined) {
    if (anonymous === undefined) {
      const visitorId = await insertVisitor(transaction, identity.externalId, now);
      return { kind: "NEW", visitorId, keepsSession: false, movedSessionIds: [] };
    }
    await transaction.query(setExternalIdStatement, [anonymous.id, identity.externalId]);
    return { kind: "JOINED", visitorId: anonymous.id, keepsSession: true, movedSessionIds: [] };
  }
  if (anonymous !== undefined) {
    const movedSessionIds = await joinVisitors(transaction, anonymous, known, now);
    return { kind: "JOINED", visitorId: known.id, keepsSession: true, movedSessionIds };
  }
  const isKept = known.id === kept?.id;
  return { kind: isKept ? "KEPT" : "JOINED", visitorId: known.id, keepsSession: isKept, movedSessionIds: [] };
}

async function noteIdentity(
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
    await giveEmail(transaction, services, visitor, { address, source: EmailSource.IDENTITY }, now);
  }
}

/** A visitor of whom nothing is known yet but, perhaps, the website's id. Returns the id. */
export async function insertVisitor(transaction: Transaction, externalId: string | null, now: Date): Promise<string> {
  const id = v7();
  await transaction.query(insertStatement, [id, externalId, now]);
  return id;
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
const insertStatement: Statement = {
  name: "insert-visitor",
  text: "INSERT INTO visitors (id, external_id, created_at) VALUES ($1, $2, $3)",
};
