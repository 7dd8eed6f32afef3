import type { InboundEvent, Interpretation } from "../channels/channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { withoutNul } from "../database/without-nul.js";
import { refreshConversationsOfAddress } from "../forwarding/addresses/suppression.js";
import { lockConversations } from "../forwarding/due/refresh-due-times.js";
import type { Services } from "../services.js";
import type { ClaimedOriginal } from "./claim-original.js";
import { decideVerdict, type Verdict } from "./decide-verdict.js";
import { emptyOriginal, emptyOriginalOfErased } from "./erase-originals.js";
import type { EventOutcome } from "./event-outcome.js";
import { applyEvent } from "./receive-events.js";
import { withStoredFiles } from "./store-files.js";

/** Somebody else has the original by now: what was done with it here is undone. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/**
 * Applies what an original means, and settles it, in one transaction: a crash leaves neither or both. The interpretation
 * has been parsed. @throws {LeaseLostError}
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
      const applying = { services, transaction, channelId, now, originalId: claimed.original.id, files };
      const outcomes: EventOutcome[] = [];
      if (interpretation.outcome === "dropped") outcomes.push(outcomeOf(interpretation));
      // One after the other: an email's events are in its order, and rows are locked in one order.
      for (const event of events) outcomes.push(await applyEvent(applying, event));
      const verdict = decideVerdict(outcomes);
      await settle(transaction, claimed, verdict, now);
      if (isSpent(events, verdict)) await emptyOriginal(transaction, claimed.original.id);
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

/** What completed a message, or was taken back, is needed by nobody: neither the vendor's links nor its ids. */
function isSpent(events: readonly InboundEvent[], verdict: Verdict): boolean {
  if (verdict.status === "DROPPED" && verdict.reason === "UNSENT") return true;
  return events.length > 0 && events.every(({ type }) => type === "attached" || type === "profile");
}

function outcomeOf({ reason, detail, conversationId }: Extract<Interpretation, { outcome: "dropped" }>): EventOutcome {
  return { kind: "dropped", reason, detail: detail ?? "", conversationId: conversationId ?? null };
}

async function settle(
  transaction: Transaction,
  { leaseToken, original }: ClaimedOriginal,
  verdict: Verdict,
  now: Date,
): Promise<void> {
  // So that whoever erases the visitor finds the original, or has been found here.
  if (verdict.conversationId !== null) await lockConversations(transaction, [verdict.conversationId]);
  const dropped = verdict.status === "DROPPED" ? verdict : null;
  const understood = verdict.status === "UNDERSTOOD" ? verdict : null;
  const detail = dropped?.detail ? withoutNul(dropped.detail.slice(0, 1_000).toWellFormed()) : null;
  const settled = await transaction.query(updateStatement, [
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
  if (settled.length === 0) throw new LeaseLostError(`Original ${original.id} is in other hands by now.`);
  await emptyOriginalOfErased(transaction, original.id);
}

const updateStatement: Statement = {
  name: "settle-original",
  text: `
    UPDATE inbound_originals SET status = $3, reason = $4, detail = $5, settled_at = $6, next_attempt_at = NULL,
      lease_token = NULL, conversation_id = (SELECT id FROM conversations WHERE id = $7), message_id = $8, delivery_id = $9
    WHERE id = $1 AND lease_token = $2 AND status = 'RECEIVED' RETURNING id`,
};
