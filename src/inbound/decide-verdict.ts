import type { DropReason } from "../channels/channel.js";
import type { EventOutcome } from "./event-outcome.js";

/** How an original was understood. */
export type Verdict =
  | {
      readonly status: "UNDERSTOOD";
      readonly conversationId: string;
      readonly messageId: string | null;
      readonly deliveryId: string | null;
    }
  | {
      readonly status: "DROPPED";
      readonly reason: DropReason;
      readonly detail: string | null;
      readonly conversationId: string | null;
    };

/** An original counts as understood if at least one of its events was applied; otherwise the first drop reason is used. */
export function decideVerdict(outcomes: readonly EventOutcome[]): Verdict {
  const applied = outcomes.filter((outcome) => outcome.kind === "applied");
  const [first] = applied;
  if (first !== undefined) {
    // Prefer the outcome with a message: that is what admins look for.
    const { conversationId, messageId } = applied.find((outcome) => outcome.messageId !== null) ?? first;
    const deliveryId = applied.find((outcome) => outcome.deliveryId !== null)?.deliveryId ?? null;
    return { status: "UNDERSTOOD", conversationId, messageId, deliveryId };
  }
  const dropped = outcomes.find((outcome) => outcome.kind === "dropped");
  if (dropped === undefined) throw new Error("The interpretation contains no events.");
  const { reason, detail, conversationId } = dropped;
  return { status: "DROPPED", reason, detail, conversationId };
}
