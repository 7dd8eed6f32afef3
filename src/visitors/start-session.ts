import type { Statement, Transaction } from "../database/database.js";
import { forbidden } from "../errors.js";
import type { Services } from "../services.js";
import {
  createSession,
  type IssuedSession,
  rememberLinkedAddress,
  renewSession,
  type SessionOwner,
} from "../sessions/session-store.js";
import { signSessionToken, verifySessionToken } from "../tokens/session-token.js";
import { proveLinkedAddress } from "./activate-guest.js";
import { createVisitor } from "./create-visitor.js";
import { findConversationToShow } from "./find-conversation-to-show.js";
import { findLinkedConversation, type LinkedConversation } from "./find-linked-conversation.js";
import { findPreviousSession, type PreviousSession } from "./find-previous-session.js";
import { identifyVisitor, lockIdentity } from "./identify-visitor.js";
import { lockVisitor, rereadVisitor } from "./lock-visitor.js";
import { type ClientDetails, type ClientDetailsInput, parseClientDetails } from "./parse-client-details.js";
import { recordSighting } from "./record-sighting.js";
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

export interface StartSessionOptions {
  /** What staff see of where the visitor is: as `networkOf` gives it; null if it is not known. */
  readonly network?: string | null;
  /**
   * Counts a new session against a limit, and throws if there are too many. It is called if the session that `readSessionId` tells
   * does not go on; where that is null, the caller has counted a new one.
   */
  readonly payForNew?: () => Promise<void>;
}

/**
 * Starts or resumes a visit to the website.
 * - A token that is expired, forged, ended or an agent's is ignored: a new session starts.
 * - A resume code that is expired, forged or revoked is ignored too: someone who opens an old link wants to chat, not to
 *   see an error. The session then has no access to the linked conversation.
 * - A valid code starts a guest session; together with a token or an identity of the same visitor, a full one. Another
 *   visitor's token is ignored and stays valid.
 * @throws BAD_USER_INPUT for an identity that cannot be verified, or an invalid page
 * @throws FORBIDDEN for an identity in a guest session, or of a blocked visitor
 */
export async function startSession(
  services: Services,
  input: StartSessionInput,
  { network = null, payForNew = async () => {} }: StartSessionOptions = {},
): Promise<StartedSession> {
  const now = services.clock.now();
  const details = parseClientDetails(input);
  const identity = input.identity == null ? null : await verifyIdentity(services, input.identity.token, now);
  const sessionId = await readSessionId(services, input);
  const code = input.resume == null ? null : verifyResumeCode(services, input.resume);

  const attempt = (mayBegin: boolean) =>
    services.database.transaction(async (transaction) => {
      const start: Start = { now, mayBegin };
      if (identity !== null) await lockIdentity(transaction, identity);
      const previous = sessionId === null ? null : await findPreviousSession(transaction, sessionId, now);
      const linked = code === null ? null : await findLinkedConversation(transaction, code);
      const guestOf = guestConversation(previous, linked, identity);
      if (guestOf !== null) {
        if (identity !== null) throw forbidden("A guest session opened by a link cannot be combined with an identity.");
        // Before the session's row, as everywhere.
        await lockVisitor(transaction, guestOf.visitorId);
        const guest = await startGuestSession(transaction, previous, guestOf, start);
        if (code !== null && code.linkedAddress !== null) {
          await followLink(transaction, services, guest, code.linkedAddress, now);
        }
        return { ...guest, visitor: await rereadVisitor(transaction, guest.visitorId), conversationId: guestOf.id };
      }
      const full = previous?.kind === "VISITOR" ? previous : null;
      const session = await startVisitorSession(transaction, services, full, identity, start);
      // With the visitor's own token it is no mail scanner that follows the link.
      if (code !== null && code.linkedAddress !== null && linked?.visitorId === session.visitorId) {
        await proveLinkedAddress(transaction, services, session.visitorId, code.linkedAddress, now);
      }
      await storeClientDetails(transaction, session.visitorId, details, network);
      return {
        ...session,
        visitor: await rereadVisitor(transaction, session.visitorId),
        conversationId: await findConversationToShow(transaction, session.visitorId, linked?.id ?? null),
      };
    });
  const started = sessionId === null ? await attempt(true) : await payBeforeNew(attempt, payForNew);
  services.sessions.invalidate([started.sessionId, ...started.movedSessionIds]);
  if (details.page !== null) await recordSighting(services, details.page, now);
  const { expiresAt, kind, visitor, conversationId } = started;
  return {
    token: await signSessionToken(services.config.appSecrets, started.sessionId),
    expiresAt,
    kind,
    visitor,
    conversationId,
  };
}

/** The session that the given token is for; null without one, or if it is forged. It may have ended. */
export async function readSessionId(
  { config }: Pick<Services, "config">,
  { token }: Pick<StartSessionInput, "token">,
): Promise<string | null> {
  return token == null ? null : verifySessionToken(config.appSecrets, token);
}

interface Start {
  readonly now: Date;
  /** Whether a new session is paid for. */
  readonly mayBegin: boolean;
}

/** Thrown in the place of a session that is not paid for. */
class NotPaid extends Error {}

/**
 * Whether a session goes on is known only within the transaction, and limits are counted outside of it: it is tried first, and again once
 * a new session is paid for.
 */
async function payBeforeNew<T>(attempt: (mayBegin: boolean) => Promise<T>, payForNew: () => Promise<void>): Promise<T> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!(error instanceof NotPaid)) throw error;
  }
  await payForNew();
  return attempt(true);
}

function begin(transaction: Transaction, owner: SessionOwner, { now, mayBegin }: Start): Promise<IssuedSession> {
  if (!mayBegin) throw new NotPaid("A session was about to begin without having been counted.");
  return createSession(transaction, owner, now);
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
  start: Start,
): Promise<VisitorSession> {
  const isSame = previous?.kind === "GUEST" && previous.conversationId === conversation.id;
  const renewed = isSame ? await renewSession(transaction, previous, start.now) : null;
  const owner = { kind: "GUEST", visitorId: conversation.visitorId, conversationId: conversation.id } as const;
  const session = renewed ?? (await begin(transaction, owner, start));
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
  start: Start,
): Promise<VisitorSession> {
  const { now } = start;
  if (identity !== null) {
    const identified = await identifyVisitor(transaction, services, identity, previous?.visitorId ?? null, now);
    const { kind, visitorId, movedSessionIds, keepsSession } = identified;
    const renewed = keepsSession && previous !== null ? await renewSession(transaction, previous, now) : null;
    const session = renewed ?? (await begin(transaction, { kind: "VISITOR", visitorId }, start));
    return { ...session, kind, visitorId, movedSessionIds };
  }
  const visitor = previous === null ? null : await lockVisitor(transaction, previous.visitorId);
  const renewed =
    previous === null || visitor === null || visitor.erasedAt !== null || visitor.blockedAt !== null
      ? null
      : await renewSession(transaction, previous, now);
  if (visitor !== null && renewed !== null) {
    return { ...renewed, kind: "KEPT", visitorId: visitor.id, movedSessionIds: [] };
  }
  const visitorId = await createVisitor(transaction, null, now);
  const session = await begin(transaction, { kind: "VISITOR", visitorId }, start);
  return { ...session, kind: "NEW", visitorId, movedSessionIds: [] };
}

async function storeClientDetails(
  transaction: Transaction,
  visitorId: string,
  details: ClientDetails,
  network: string | null,
): Promise<void> {
  const { locale, timeZone, page } = details;
  const changed = await transaction.query(updateDetailsStatement, [visitorId, locale, timeZone, page, network]);
  if (changed.length > 0) await publishVisitorChanged(transaction, visitorId);
}

const updateDetailsStatement: Statement = {
  name: "update-client-details",
  text: `
    UPDATE visitors SET locale = coalesce($2, locale), time_zone = coalesce($3, time_zone), page = coalesce($4, page),
      network = coalesce($5, network)
    WHERE id = $1 AND (locale, time_zone, page, network)
      IS DISTINCT FROM (coalesce($2, locale), coalesce($3, time_zone), coalesce($4, page), coalesce($5, network))
    RETURNING id`,
};
