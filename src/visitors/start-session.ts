import type { Statement, Transaction } from "../database/database.js";
import { forbidden } from "../errors.js";
import type { Services } from "../services.js";
import { createSession, type IssuedSession, rememberLinkedAddress, renewSession } from "../sessions/session-store.js";
import { signSessionToken, verifySessionToken } from "../tokens/session-token.js";
import { proveLinkedAddress } from "./activate-guest.js";
import { createVisitor } from "./create-visitor.js";
import { findConversationToShow } from "./find-conversation-to-show.js";
import { findLinkedConversation, type LinkedConversation } from "./find-linked-conversation.js";
import { findPreviousSession, type PreviousSession } from "./find-previous-session.js";
import { identifyVisitor, lockIdentity } from "./identify-visitor.js";
import { lockVisitor, rereadVisitor } from "./lock-visitor.js";
import { type ClientDetails, type ClientDetailsInput, parseClientDetails } from "./parse-client-details.js";
import { verifyResumeCode } from "./resume-code.js";
import { type Identity, verifyIdentity } from "./verify-identity.js";
import type { Visitor } from "./visitor.entity.js";
import { publishVisitorChanged } from "./visitor-conversations.js";

export interface StartSessionInput extends ClientDetailsInput {
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

interface VisitorSession extends IssuedSession {
  readonly kind: StartedSession["kind"];
  readonly visitorId: string;
  readonly movedSessionIds: readonly string[];
}

/**
 * Starts or resumes a visit to the website.
 * - A token that is expired, forged, ended or an agent's is ignored: a new session starts.
 * - A resume code that is expired, forged or revoked is ignored too: someone who opens an old link wants to chat, not to
 *   see an error. The session then has no access to the linked conversation.
 * - A valid code starts a guest session; together with a token or an identity of the same visitor, a full one. Another
 *   visitor's token is ignored and stays valid.
 * @throws BAD_USER_INPUT for an identity that cannot be verified, or an invalid page
 * @throws FORBIDDEN for an identity in a guest session
 */
export async function startSession(services: Services, input: StartSessionInput): Promise<StartedSession> {
  const now = services.clock.now();
  const { appSecrets } = services.config;
  const details = parseClientDetails(input);
  const identity = input.identity == null ? null : await verifyIdentity(services, input.identity.token, now);
  const sessionId = input.token == null ? null : await verifySessionToken(appSecrets, input.token);
  const code = input.resume == null ? null : verifyResumeCode(services, input.resume);

  const started = await services.database.transaction(async (transaction) => {
    if (identity !== null) await lockIdentity(transaction, identity);
    const previous = sessionId === null ? null : await findPreviousSession(transaction, sessionId, now);
    const linked = code === null ? null : await findLinkedConversation(transaction, code);
    const guestOf = guestConversation(previous, linked, identity);
    if (guestOf !== null) {
      if (identity !== null) throw forbidden("A guest session opened by a link cannot be combined with an identity.");
      // Before the session's row, as everywhere.
      await lockVisitor(transaction, guestOf.visitorId);
      const guest = await startGuestSession(transaction, previous, guestOf, now);
      if (code !== null && code.linkedAddress !== null) {
        await followLink(transaction, services, guest, code.linkedAddress, now);
      }
      return { ...guest, visitor: await rereadVisitor(transaction, guest.visitorId), conversationId: guestOf.id };
    }
    const full = previous?.kind === "VISITOR" ? previous : null;
    const session = await startVisitorSession(transaction, services, full, identity, now);
    // With the visitor's own token it is no mail scanner that follows the link.
    if (code !== null && code.linkedAddress !== null && linked?.visitorId === session.visitorId) {
      await proveLinkedAddress(transaction, services, session.visitorId, code.linkedAddress, now);
    }
    await storeClientDetails(transaction, session.visitorId, details);
    return {
      ...session,
      visitor: await rereadVisitor(transaction, session.visitorId),
      conversationId: await findConversationToShow(transaction, session.visitorId, linked?.id ?? null),
    };
  });
  services.sessions.invalidate([started.sessionId, ...started.movedSessionIds]);
  const { expiresAt, kind, visitor, conversationId } = started;
  return { token: await signSessionToken(appSecrets, started.sessionId), expiresAt, kind, visitor, conversationId };
}

/** For a guest session, the one conversation that it may access; null for a full session. */
function guestConversation(
  previous: PreviousSession | null,
  linked: LinkedConversation | null,
  identity: Identity | null,
): { readonly id: string; readonly visitorId: string } | null {
  if (linked === null) {
    return previous?.kind === "GUEST" ? { id: previous.conversationId, visitorId: previous.visitorId } : null;
  }
  if (previous?.kind === "VISITOR" && previous.visitorId === linked.visitorId) return null;
  // The identity proves that this is the visitor to whom the link was sent.
  if (identity !== null && identity.externalId === linked.externalId) return null;
  return linked;
}

// Does not change the visitor, because mail scanners open links too.
async function startGuestSession(
  transaction: Transaction,
  previous: PreviousSession | null,
  conversation: { readonly id: string; readonly visitorId: string },
  now: Date,
): Promise<VisitorSession> {
  const isSame = previous?.kind === "GUEST" && previous.conversationId === conversation.id;
  const renewed = isSame ? await renewSession(transaction, previous, now) : null;
  const owner = { kind: "GUEST", visitorId: conversation.visitorId, conversationId: conversation.id } as const;
  const session = renewed ?? (await createSession(transaction, owner, now));
  return { ...session, kind: "GUEST", visitorId: conversation.visitorId, movedSessionIds: [] };
}

/**
 * Remembers which address a guest's link was sent to. It is proven at once if the session is active already, otherwise at
 * the first sign that a person follows the link.
 */
async function followLink(
  transaction: Transaction,
  services: Services,
  guest: VisitorSession,
  linkedAddress: string,
  now: Date,
): Promise<void> {
  const isActive = await rememberLinkedAddress(transaction, guest.sessionId, linkedAddress);
  if (isActive) await proveLinkedAddress(transaction, services, guest.visitorId, linkedAddress, now);
}

async function startVisitorSession(
  transaction: Transaction,
  services: Services,
  previous: PreviousSession | null,
  identity: Identity | null,
  now: Date,
): Promise<VisitorSession> {
  if (identity !== null) {
    const identified = await identifyVisitor(transaction, services, identity, previous?.visitorId ?? null, now);
    const { kind, visitorId, movedSessionIds, keepsSession } = identified;
    const renewed = keepsSession && previous !== null ? await renewSession(transaction, previous, now) : null;
    const session = renewed ?? (await createSession(transaction, { kind: "VISITOR", visitorId }, now));
    return { ...session, kind, visitorId, movedSessionIds };
  }
  const visitor = previous === null ? null : await lockVisitor(transaction, previous.visitorId);
  const renewed =
    previous === null || visitor === null || visitor.erasedAt !== null
      ? null
      : await renewSession(transaction, previous, now);
  if (visitor !== null && renewed !== null) {
    return { ...renewed, kind: "KEPT", visitorId: visitor.id, movedSessionIds: [] };
  }
  const visitorId = await createVisitor(transaction, null, now);
  const session = await createSession(transaction, { kind: "VISITOR", visitorId }, now);
  return { ...session, kind: "NEW", visitorId, movedSessionIds: [] };
}

async function storeClientDetails(transaction: Transaction, visitorId: string, details: ClientDetails): Promise<void> {
  const { locale, timeZone, page } = details;
  const changed = await transaction.query(updateDetailsStatement, [visitorId, locale, timeZone, page]);
  if (changed.length > 0) await publishVisitorChanged(transaction, visitorId);
}

const updateDetailsStatement: Statement = {
  name: "update-client-details",
  text: `
    UPDATE visitors SET locale = coalesce($2, locale), time_zone = coalesce($3, time_zone), page = coalesce($4, page)
    WHERE id = $1 AND (locale, time_zone, page)
      IS DISTINCT FROM (coalesce($2, locale), coalesce($3, time_zone), coalesce($4, page))
    RETURNING id`,
};
