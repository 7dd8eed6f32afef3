import type { IconName } from "../../theme/icon-paths.js";
import type { DeliveryRowPartsFragment } from "../api/operations.generated.js";
import { dayAndTime, duration } from "../parts/times.js";
import { failureWords } from "../parts/words.js";

type Delivery = DeliveryRowPartsFragment;

export interface DeliveryStatusWords {
  readonly tone: string;
  readonly icon: IconName;
  readonly words: string;
}

export function statusOf({ status, attempts }: Pick<Delivery, "status" | "attempts">): DeliveryStatusWords {
  const words = (tone: string, icon: IconName, text: string) => ({ tone, icon, words: text });
  switch (status) {
    case "QUEUED":
      return attempts > 0 ? words("look", "retry", "Queued again") : words("way", "clock", "Queued");
    case "SENDING":
      return words("way", "mailOut", "Sending");
    case "SENT":
      return words("good", "check", "Sent");
    case "DELIVERED":
      return words("good", "checks", "Delivered");
    case "FAILED":
      return words("bad", "alert", "Failed");
    case "BOUNCED":
      return words("bad", "ban", "Bounced");
    case "UNCERTAIN":
      return words("look", "question", "Uncertain");
    case "CANCELLED":
      return words("idle", "crossRound", "Cancelled");
  }
}

const cancelWords: Readonly<Record<string, string>> = {
  ERASED: "erased",
  HELD: "held",
  OPTED_OUT: "wants no email",
  READ: "read in the chat",
  READDRESSED: "new address",
  SWITCHED_OFF: "switched off",
  BLOCKED: "blocked",
};

/** What happened to it, and what else is to be known: "next try 14:14", "asked to wait". */
export function whatHappened(
  delivery: Delivery,
  now: number,
): { readonly words: string; readonly more: string | null } {
  const { status, nextAttemptAt, sentAt, deliveredAt, endedAt, cancelReason, failure, late } = delivery;
  const at = (moment: string | null) => (moment === null ? "" : ` ${dayAndTime(moment, now)}`);
  const why = failure === null ? null : (failureWords[failure.code] ?? failure.code);
  switch (status) {
    case "QUEUED":
      return nextAttemptAt === null || delivery.attempts === 0
        ? { words: "waits its turn", more: null }
        : { words: `next try${at(nextAttemptAt)}`, more: why };
    case "SENDING":
      return { words: "being sent", more: null };
    case "SENT":
      return { words: `sent${at(sentAt)}`, more: late ? lateness(delivery) : null };
    case "DELIVERED":
      return { words: `delivered${at(deliveredAt)}`, more: late ? lateness(delivery) : null };
    case "FAILED":
      return { words: `given up${at(endedAt)}`, more: why };
    case "BOUNCED":
      return { words: `came back${at(endedAt)}`, more: why };
    case "UNCERTAIN":
      return { words: `no answer${at(endedAt)}`, more: "a person decides" };
    case "CANCELLED":
      return { words: cancelWords[cancelReason ?? ""] ?? "cancelled", more: null };
  }
}

function lateness({ dueAt, sentAt }: Delivery): string {
  const seconds = (Date.parse(sentAt ?? dueAt) - Date.parse(dueAt)) / 1000;
  return `${duration(Math.round(seconds / 60) * 60)} late`;
}

/** What happens by itself, and what one can do. */
export function adviceOf({ status, failure, cancelReason }: Delivery): {
  readonly title: string;
  readonly text: string;
} {
  const title =
    failure === null ? statusOf({ status, attempts: 1 }).words : `${failureWords[failure.code] ?? failure.code}`;
  switch (status) {
    case "QUEUED":
      return {
        title: failure === null ? "It waits its turn" : title,
        text: "It is tried again by itself, for a day after it was due.",
      };
    case "SENDING":
      return { title: "It is being handed over", text: "Within a minute it has been sent, or is tried again." };
    case "SENT":
      return { title: "The channel accepted it", text: "If it comes back, this changes." };
    case "DELIVERED":
      return { title: "It arrived", text: "The channel confirmed it." };
    case "BOUNCED":
      return {
        title: failure === null ? "It came back" : title,
        text: "Nothing is sent to an address that does not exist. Enter another one in the conversation, and unread replies go there.",
      };
    case "FAILED":
      return {
        title,
        text:
          failure?.code === "CONTENT_REJECTED"
            ? "It is not tried again by itself: the same message would be refused again. Write another reply, which takes this one along; or ask those who run the mail server, then try again."
            : "It is not tried again by itself. Mend what it says, then try again; or write another reply, which takes this one along.",
      };
    case "UNCERTAIN":
      return {
        title: "It may have arrived",
        text: "No answer came back, so it is not tried again by itself: the visitor could get it twice. Say that it arrived, or send it again.",
      };
    case "CANCELLED":
      return {
        title: "It was not sent",
        text: `It was not needed any more: ${cancelWords[cancelReason ?? ""] ?? "cancelled"}.`,
      };
  }
}

const reasons: Readonly<Record<string, string>> = {
  AGENTS_OFFLINE: "All agents offline",
  IMMEDIATE: "At once",
  INACTIVITY: "Inactivity",
  VISITOR_LEFT: "Visitor left",
};

export function reasonOf({ trigger, requestedBy }: Pick<Delivery, "trigger" | "requestedBy">): string {
  if (trigger === "REQUESTED") return `Sent by ${requestedBy?.name ?? "an agent"}`;
  return reasons[trigger] ?? trigger;
}
