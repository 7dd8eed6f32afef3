import type { InboundEvent, Interpretation } from "../channels/channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { refreshConversationsOfAddress } from "../forwarding/addresses/suppression.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import { applyEvent } from "./apply-event.js";
import type { ClaimedOriginal } from "./claim-original.js";
import { decideVerdict, type Verdict } from "./decide-verdict.js";
import { emptyOriginal, emptyOriginalIfErased } from "./erase-originals.js";
import type { EventOutcome } from "./event-outcome.js";
import { publishInboundEmail } from "./publish-inbound-email.js";
import { withStoredFiles } from "./store-files.js";

/** The lease on the original ran out and another worker has claimed it: the transaction is rolled back. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/**
 * Applies the interpretation of an original and records the verdict in one transaction, so that a crash leaves both or
 * neither. The caller has parsed the interpretation. @throws {LeaseLostError}
 */
export async function applyInterpretation(
  services: Services,
  channelId: string,
  claimed: ClaimedOriginal,
  interpretation: Interpretation,
): Promise<Verdict> {
  const events = interpretation.outcome === "events" ? interpretation.events : [];
  const { verdict, outcomes } = await withStoredFiles(services, events, (files) =>
    services.database.transaction(async (transaction) => {
      const now = services.clock.now();
      const context = { services, transaction, channelId, now, originalId: claimed.original.id, files };
      const outcomes: EventOutcome[] = [];
      if (interpretation.outcome === "dropped") outcomes.push(outcomeOf(interpretation));
      // Sequentially: the events of an email are in order, and concurrent ones could deadlock on row locks.
      for (const event of events) outcomes.push(await applyEvent(context, event));
      const verdict = decideVerdict(outcomes);
      await recordVerdict(transaction, claimed, verdict, now);
      if (isContentObsolete(events, verdict)) await emptyOriginal(transaction, claimed.original.id);
      return { verdict, outcomes };
    }),
  );
  for (const outcome of outcomes) {
    if (outcome.kind === "applied" && outcome.suppressed !== null) {
      await refreshConversationsOfAddress(services, outcome.suppressed);
    }
  }
  return verdict;
}

/** An original that only completed a message, or was unsent, has no further use: neither the vendor's links nor its ids. */
function isContentObsolete(events: readonly InboundEvent[], verdict: Verdict): boolean {
  if (verdict.status === "DROPPED" && verdict.reason === "UNSENT") return true;
  return events.length > 0 && events.every(({ type }) => type === "attached" || type === "profile");
}

function outcomeOf({ reason, detail, conversationId }: Extract<Interpretation, { outcome: "dropped" }>): EventOutcome {
  return { kind: "dropped", reason, detail: detail ?? "", conversationId: conversationId ?? null };
}

async function recordVerdict(
  transaction: Transaction,
  { leaseToken, original }: ClaimedOriginal,
  verdict: Verdict,
  now: Date,
): Promise<void> {
  // Either a concurrent erasure of the visitor finds this original, or this transaction finds the visitor erased.
  if (verdict.conversationId !== null) await lockConversations(transaction, [verdict.conversationId]);
  const dropped = verdict.status === "DROPPED" ? verdict : null;
  const understood = verdict.status === "UNDERSTOOD" ? verdict : null;
  const detail = dropped?.detail ? withoutNul(dropped.detail.slice(0, 1_000).toWellFormed()) : null;
  const updated = await transaction.query(recordVerdictStatement, [
    original.id,
    leaseToken,
    verdict.status,
    dropped?.reason ?? null,
    detail,
    now,
    verdict.conversationId,
    understood?.messageId ?? null,
    understood?.deliveryId ?? null,
  ]);
  if (updated.length === 0) throw new LeaseLostError(`The lease on original ${original.id} was lost.`);
  await emptyOriginalIfErased(transaction, original.id);
  publishInboundEmail(transaction, original);
}

const recordVerdictStatement: Statement = {
  name: "record-original-verdict",
  text: `
    UPDATE inbound_originals SET status = $3, reason = $4, detail = $5, settled_at = $6, next_attempt_at = NULL,
      lease_token = NULL, conversation_id = (SELECT id FROM conversations WHERE id = $7), message_id = $8, delivery_id = $9
    WHERE id = $1 AND lease_token = $2 AND status = 'RECEIVED' RETURNING id`,
};
