import type { Statement, Transaction } from "../database/database.js";
import { forbidden } from "../errors.js";
import type { Services } from "../services.js";
import { createSession, type IssuedSession, renewSession } from "../sessions/session-store.js";
import { signSessionToken, verifySessionToken } from "../tokens/session-token.js";
import {
  findKeptSession,
  findLinkedConversation,
  findShownConversation,
  type KeptSession,
  type LinkedConversation,
} from "./arrival.js";
import { identify, insertVisitor, lockIdentity } from "./identify.js";
import { type Identity, verifyIdentity } from "./identity.js";
import { lockVisitor, publishVisitorChanged, rereadVisitor } from "./lock-visitor.js";
import { readResumeCode } from "./resume-code.js";
import { readVisit, type Visit, type VisitInput } from "./visit.js";
import type { Visitor } from "./visitor.entity.js";

export interface StartSessionInput extends VisitInput {
  /** The token of an earlier session, kept by the browser. */
  readonly token?: string | null | undefined;
  /** The code in the link of a forwarded email. */
  readonly resume?: string | null | undefined;
  readonly identity?: { readonly token: string } | null | undefined;
}

export interface StartedSession {
  readonly token: string;
  readonly expiresAt: Date;
  readonly kind: "NEW" | "KEPT" | "JOINED" | "GUEST";
  readonly visitor: Visitor;
  /** The conversation to show. */
  readonly conversationId: string | null;
}

interface Admitted extends IssuedSession {
  readonly kind: StartedSession["kind"];
  readonly visitorId: string;
  readonly movedSessionIds: readonly string[];
}

/**
 * Begins or resumes a visit to the website.
 * - A token that is expired, forged, ended, or an agent's begins anew.
 * - A resume code that is expired, forged or revoked counts as not given: somebody who opens an old link wants to chat,
 *   not to read an error. The session then shows nothing of the conversation behind the link.
 * - A good code opens a guest session; the full one together with a token, or an identity, of the same visitor. Another
 *   visitor's token is left alone and stays valid.
 * @throws BAD_USER_INPUT for an identity that does not verify, or a page that is none
 * @throws FORBIDDEN for an identity in a guest session
 */
export async function startSession(services: Services, input: StartSessionInput): Promise<StartedSession> {
  const now = services.clock.now();
  const { appSecrets } = services.config;
  const visit = readVisit(input);
  const identity = input.identity == null ? null : await verifyIdentity(services, input.identity.token, now);
  const sessionId = input.token == null ? null : await verifySessionToken(appSecrets, input.token);
  const code = input.resume == null ? null : readResumeCode(services, input.resume);

  const started = await services.database.transaction(async (transaction) => {
    if (identity !== null) await lockIdentity(transaction, identity);
    const kept = sessionId === null ? null : await findKeptSession(transaction, sessionId, now);
    const linked = code === null ? null : await findLinkedConversation(transaction, code);
    const guestOf = guestConversation(kept, linked, identity);
    if (guestOf !== null) {
      if (identity !== null) throw forbidden("Who came by a link stays a guest: an identity cannot be given here.");
      const guest = await admitGuest(transaction, kept, guestOf, now);
      return { ...guest, visitor: await rereadVisitor(transaction, guest.visitorId), conversationId: guestOf.id };
    }
    const admitted = await admit(transaction, services, kept?.kind === "VISITOR" ? kept : null, identity, now);
    await noteVisit(transaction, admitted.visitorId, visit);
    return {
      ...admitted,
      visitor: await rereadVisitor(transaction, admitted.visitorId),
      conversationId: await findShownConversation(transaction, admitted.visitorId, linked?.id ?? null),
    };
  });
  services.sessions.invalidate([started.sessionId, ...started.movedSessionIds]);
  const { expiresAt, kind, visitor, conversationId } = started;
  return { token: await signSessionToken(appSecrets, started.sessionId), expiresAt, kind, visitor, conversationId };
}

/** The conversation that this caller may see as a guest only; null: admit as a visitor. */
function guestConversation(
  kept: KeptSession | null,
  linked: LinkedConversation | null,
  identity: Identity | null,
): { readonly id: string; readonly visitorId: string } | null {
  if (linked === null) return kept?.kind === "GUEST" ? { id: kept.conversationId, visitorId: kept.visitorId } : null;
  if (kept?.kind === "VISITOR" && kept.visitorId === linked.visitorId) return null;
  // The website vouches that this is the visitor whom the link was for.
  if (identity !== null && identity.externalId === linked.externalId) return null;
  return linked;
}

// Nothing of the visitor changes here: mail scanners open links too.
async function admitGuest(
  transaction: Transaction,
  kept: KeptSession | null,
  conversation: { readonly id: string; readonly visitorId: string },
  now: Date,
): Promise<Admitted> {
  const isSame = kept?.kind === "GUEST" && kept.conversationId === conversation.id;
  const renewed = isSame ? await renewSession(transaction, kept, now) : null;
  const owner = { kind: "GUEST", visitorId: conversation.visitorId, conversationId: conversation.id } as const;
  const term = renewed ?? (await createSession(transaction, owner, now));
  return { ...term, kind: "GUEST", visitorId: conversation.visitorId, movedSessionIds: [] };
}

async function admit(
  transaction: Transaction,
  services: Services,
  kept: KeptSession | null,
  identity: Identity | null,
  now: Date,
): Promise<Admitted> {
  if (identity !== null) {
    const identified = await identify(transaction, services, identity, kept?.visitorId ?? null, now);
    const { kind, visitorId, movedSessionIds } = identified;
    const renewed = identified.keepsSession && kept !== null ? await renewSession(transaction, kept, now) : null;
    const term = renewed ?? (await createSession(transaction, { kind: "VISITOR", visitorId }, now));
    return { ...term, kind, visitorId, movedSessionIds };
  }
  const visitor = kept === null ? null : await lockVisitor(transaction, kept.visitorId);
  const renewed =
    kept === null || visitor === null || visitor.erasedAt !== null ? null : await renewSession(transaction, kept, now);
  if (visitor !== null && renewed !== null) {
    return { ...renewed, kind: "KEPT", visitorId: visitor.id, movedSessionIds: [] };
  }
  const visitorId = await insertVisitor(transaction, null, now);
  const term = await createSession(transaction, { kind: "VISITOR", visitorId }, now);
  return { ...term, kind: "NEW", visitorId, movedSessionIds: [] };
}

async function noteVisit(transaction: Transaction, visitorId: string, visit: Visit): Promise<void> {
  const changed = await transaction.query(noteVisitStatement, [visitorId, visit.locale, visit.timeZone, visit.page]);
  if (changed.length > 0) await publishVisitorChanged(transaction, visitorId);
}

const noteVisitStatement: Statement = {
  name: "note-visit",
  text: `
    UPDATE visitors SET locale = coalesce($2, locale), time_zone = coalesce($3, time_zone), page = coalesce($4, page)
    WHERE id = $1 AND (locale, time_zone, page)
      IS DISTINCT FROM (coalesce($2, locale), coalesce($3, time_zone), coalesce($4, page))
    RETURNING id`,
};
