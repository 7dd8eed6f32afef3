import type { Statement } from "../database/database.js";
import { notFound } from "../errors.js";
import type { Services } from "../services.js";
import { countsAsPresent } from "../sessions/activate-guest.js";
import type { Viewer, VisitorViewer } from "../viewer.js";
import { refuseBlocked, refuseErased } from "../visitors/lock-visitor.js";
import { recordInteraction } from "../visitors/record-interaction.js";
import type { Visitor } from "../visitors/visitor.entity.js";
import { findConversation } from "./find-conversation.js";

// Clients call this at every key press, while the periods that an interaction restarts are minutes long.
const minIntervalMs = 2_000;
/** Twice the interval at which the client library repeats it. */
const shownForMs = 6_000;

/**
 * Publishes that the viewer is typing. For a visitor it counts as an interaction, recorded at most every 2 seconds.
 * @throws NOT_FOUND, CONFLICT if the visitor is erased, FORBIDDEN if they are blocked
 */
export async function setTyping(services: Services, viewer: Viewer, conversationId: string): Promise<void> {
  const conversation = await findConversation(services, viewer, conversationId);
  if (conversation === null) throw notFound("conversation");
  if (viewer.kind === "visitor") await recordTyping(services, viewer);
  const agentId = viewer.kind === "agent" ? viewer.agentId : null;
  const endsAt = new Date(services.clock.now().getTime() + shownForMs);
  services.events.publish({ type: "typing", conversationId, visitorId: conversation.visitorId, agentId, endsAt });
}

async function recordTyping(services: Services, viewer: VisitorViewer): Promise<void> {
  const { database, clock } = services;
  const now = clock.now();
  const recently = new Date(now.getTime() - minIntervalMs);
  const [visitor] = await database.query<TypingVisitor>(readStatement, [viewer.visitorId, recently]);
  if (visitor === undefined) throw notFound("visitor");
  refuseErased(visitor);
  refuseBlocked(visitor);
  if (visitor.interactedRecently || !(await countsAsPresent(database.query.bind(database), viewer))) return;
  await database.transaction((transaction) => recordInteraction(transaction, viewer.visitorId, now));
}

type TypingVisitor = Pick<Visitor, "blockedAt" | "erasedAt"> & { readonly interactedRecently: boolean };

// An interaction before the last departure does not count, so that typing after it is recorded immediately.
const readStatement: Statement = {
  name: "read-typing-visitor",
  text: `SELECT erased_at, blocked_at, coalesce(last_interaction_at > greatest($2, departed_at), false) AS interacted_recently
    FROM visitors WHERE id = $1`,
};
