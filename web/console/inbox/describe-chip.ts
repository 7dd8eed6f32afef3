import type { IconName } from "../../theme/icon-paths.js";
import type { RowPartsFragment } from "../api/operations.generated.js";
import { shortDue } from "../parts/times.js";

/** What a row says about what becomes of its replies. */
export interface RowChip {
  readonly tone: "way" | "good" | "held" | "look" | "bad" | "idle";
  /** Or a countdown, of which the ring shows what is left. */
  readonly sign: IconName | { readonly until: string; readonly seconds: number };
  readonly words: string;
  /** Without a ground of its own: nothing is to be done. */
  readonly isBare: boolean;
}

/** Without a delay, replies still wait for another one. */
const leastSeconds = 30;

type ChipFacts = Pick<RowPartsFragment, "forwarding" | "lastMessage" | "status">;

/** @param now the server's time in milliseconds; a minute is precise enough */
export function describeChip({ forwarding, lastMessage, status }: ChipFacts, now: number): RowChip | null {
  const chip = (tone: RowChip["tone"], sign: RowChip["sign"], words: string, isBare = false): RowChip => ({
    ...{ tone, sign, words, isBare },
  });
  const { state, dueAt, delivery } = forwarding;
  switch (state) {
    case "WAITING":
    case "ADDRESS_UNPROVEN": {
      if (dueAt === null) return chip("idle", "clock", "Not sent by itself");
      const first = forwarding.triggers.find(({ trigger }) => trigger === forwarding.trigger);
      const sign = { until: dueAt, seconds: Math.max(leastSeconds, first?.delaySeconds ?? 0) };
      return chip(state === "WAITING" ? "way" : "look", sign, `Emails ${shortDue(dueAt, now)}`);
    }
    case "SENDING":
      return delivery?.status === "QUEUED" && delivery.attempts > 0
        ? chip("look", "retry", "Queued again")
        : chip("way", "mailOut", "Sending");
    case "HELD":
      return chip("held", "pause", forwarding.heldBy === null ? "Held" : `Held by ${forwarding.heldBy.name}`);
    case "NO_ADDRESS":
      return chip("look", "userNone", "No address");
    case "ADDRESS_SUPPRESSED":
      return chip("bad", "ban", "Address bounced");
    case "OPTED_OUT":
      return chip("idle", "mailNone", "Wants no email");
    case "CHANNEL_UNAVAILABLE":
      return chip("bad", "pause", `${forwarding.channel?.name ?? "Email"} is paused`);
    case "UNCERTAIN":
      return chip("look", "question", "Unclear if sent");
    case "FAILED":
      return chip("bad", "alert", "Not sent");
    case "DISABLED":
      return chip("idle", "mailNone", "Not emailed");
    case "BLOCKED":
      return chip("idle", "ban", "Blocked");
    case "NOTHING_PENDING":
      break;
  }
  if (lastMessage === null) return null;
  if (lastMessage.author.__typename === "Visitor")
    return status === "OPEN" ? chip("idle", "reply", "Needs a reply") : null;
  if (lastMessage.read) return chip("good", "checks", "Read", true);
  return lastMessage.forwardedTo === null ? null : chip("good", "mailOut", "Forwarded", true);
}
