import type { IconName } from "../../theme/icon-paths.js";
import type { RowPartsFragment } from "../api/operations.generated.js";
import { clockTime, dayAndTime, dayName } from "../parts/times.js";
import { capital, failureWords, inSentence, replies } from "../parts/words.js";

export type Forwarding = RowPartsFragment["forwarding"];
type Trigger = Forwarding["triggers"][number];

/** What an agent can do about it. */
export type OutlookAction =
  | "add-address"
  | "hold"
  | "it-arrived"
  | "lift"
  | "new-address"
  | "open-channels"
  | "preferences"
  | "preview"
  | "release"
  | "send-again"
  | "send-now"
  | "try-again"
  | "try-now"
  | "unblock"
  | "what-it-said";

export const actionWords: Readonly<Record<OutlookAction, string>> = {
  "add-address": "Add an address",
  hold: "Hold",
  "it-arrived": "It arrived",
  lift: "Lift…",
  "new-address": "New address",
  "open-channels": "Open channels",
  preferences: "Preferences",
  preview: "Preview",
  release: "Release",
  "send-again": "Send again",
  "send-now": "Send now",
  "try-again": "Try again",
  "try-now": "Try now",
  unblock: "Unblock",
  "what-it-said": "What it said",
};

/** Words, the address, a moment that is counted down, or a button within a line. */
export type OutlookPart =
  | string
  | { readonly address: string }
  | { readonly due: string }
  | { readonly action: OutlookAction };

/** What becomes of the replies that a visitor has not seen: what the bar shows. */
export interface Outlook {
  readonly tone: "way" | "good" | "held" | "look" | "bad" | "idle" | "rest";
  /** A countdown, of which the ring shows what is left; or a sign. */
  readonly sign: IconName | { readonly until: string; readonly seconds: number };
  /** What happens, to whom, when. */
  readonly text: readonly OutlookPart[];
  /** Why, and how much: with a dot between. */
  readonly why: readonly OutlookPart[];
  readonly buttons: readonly OutlookAction[];
}

/** What is known besides the forwarding. */
export interface OutlookContext {
  readonly visitor: { readonly name: string | null; readonly online: boolean; readonly optedOut: boolean };
  readonly channel: { readonly id: string; readonly name: string; readonly policy: string };
  readonly lastMessage: {
    readonly forwardedTo: string | null;
    readonly forwardedAt?: string | null;
    readonly read: boolean;
    readonly author: { readonly __typename: string };
  } | null;
  readonly replyWindowEndsAt: string | null;
  /** Of the channel that would send; null if nothing is known. */
  readonly health: { readonly status: string; readonly detail: string | null } | null;
  readonly isAdmin: boolean;
  /** The server's time in milliseconds, for days only: countdowns are drawn by themselves. */
  readonly now: number;
}

/** Without a delay, replies still wait for another one. */
const leastSeconds = 30;

/** In the words of the design, one case for each state. */
export function describeOutlook(forwarding: Forwarding, context: OutlookContext): Outlook {
  const { visitor, now } = context;
  const { address, pendingReplies, delivery } = forwarding;
  const count = replies(pendingReplies);
  const to = address === null ? inSentence(visitor) : { address };
  const waitInChat = `${count} ${pendingReplies === 1 ? "waits" : "wait"} in the chat`;
  switch (forwarding.state) {
    case "WAITING":
    case "ADDRESS_UNPROVEN":
      return describeWaiting(forwarding, context);
    case "SENDING":
      return delivery?.status === "QUEUED" && delivery.attempts > 0
        ? {
            tone: "look",
            sign: { until: delivery.nextAttemptAt ?? forwarding.asOf, seconds: 300 },
            text: [
              `Not sent yet: ${waited(delivery.failure?.code ?? null, forwarding)}. Next try`,
              ...(delivery.nextAttemptAt === null ? ["soon"] : [{ due: delivery.nextAttemptAt }]),
            ],
            why: [
              `To ${address ?? inSentence(visitor)}`,
              `attempt ${delivery.attempts + 1}`,
              `due at ${dayAndTime(delivery.dueAt, now)}`,
              ...saidBy(delivery),
            ],
            buttons: ["try-now", ...(context.channel.policy === "IMMEDIATE" ? [] : (["hold"] as const))],
          }
        : {
            tone: "way",
            sign: "mailOut",
            text: [`Sending ${count} to`, to],
            why:
              delivery === null
                ? []
                : [whyTrigger(delivery.trigger, forwarding, context), `due at ${dayAndTime(delivery.dueAt, now)}`],
            buttons: [],
          };
    case "HELD":
      return {
        tone: "held",
        sign: "pause",
        text: [
          `Held: ${count} ${pendingReplies === 1 ? "stays" : "stay"} here until you release ${pendingReplies === 1 ? "it" : "them"}`,
        ],
        why: [
          [
            "Held",
            ...(forwarding.heldBy === null ? [] : [`by ${forwarding.heldBy.name}`]),
            ...(forwarding.heldAt === null ? [] : [`at ${dayAndTime(forwarding.heldAt, now)}`]),
          ].join(" "),
          "they can still be read in the chat",
        ],
        buttons: ["send-now", "release"],
      };
    case "NO_ADDRESS":
      return {
        tone: "look",
        sign: "userNone",
        text: [`No address: ${count} cannot be emailed`],
        why: [
          `${pendingReplies === 1 ? "It waits" : "They wait"} in the chat until the visitor returns in this browser`,
        ],
        buttons: ["add-address"],
      };
    case "OPTED_OUT":
      return {
        tone: "idle",
        sign: "mailNone",
        text: [`${capital(inSentence(visitor))} wants no email${visitor.optedOut ? "" : " about this conversation"}`],
        why: [waitInChat, "only the visitor can change this"],
        buttons: [],
      };
    case "ADDRESS_SUPPRESSED":
      return {
        tone: "bad",
        sign: "ban",
        text: [
          to,
          forwarding.suppression?.reason === "COMPLAINT"
            ? "reported our email as unwanted: nothing is sent there"
            : "bounced: nothing is sent there",
        ],
        why: [
          ...(forwarding.suppression == null
            ? []
            : [
                `${dayName(forwarding.suppression.since, now)}${forwarding.suppression.detail === null ? "" : `: “${forwarding.suppression.detail}”`}`,
              ]),
          waitInChat,
        ],
        buttons: ["new-address", ...(context.isAdmin ? (["lift"] as const) : [])],
      };
    case "CHANNEL_UNAVAILABLE": {
      const { health } = context;
      const name = forwarding.channel?.name ?? "Email";
      const isPaused = health?.status === "PAUSED";
      return {
        tone: "bad",
        sign: "pause",
        text: [
          `${name} is ${isPaused ? "paused" : "not set up"}: ${count} ${pendingReplies === 1 ? "waits" : "wait"} until it works${isPaused ? " again" : ""}`,
        ],
        why: [...(health?.detail == null ? [] : [withoutStop(health.detail)]), "nothing is lost"],
        buttons: ["open-channels"],
      };
    }
    case "UNCERTAIN":
      return {
        tone: "look",
        sign: "question",
        text: [`Unclear if ${count} reached`, to],
        why: ["No answer came back", "sent again, they could arrive twice", ...saidBy(delivery)],
        buttons: ["it-arrived", "send-again"],
      };
    case "FAILED":
      return {
        tone: "bad",
        sign: "alert",
        text: [`${count} ${pendingReplies === 1 ? "was" : "were"} not sent to`, to],
        why: [failureWords[delivery?.failure?.code ?? "UNKNOWN"] ?? "It did not work", ...saidBy(delivery)],
        buttons: ["try-again"],
      };
    case "DISABLED":
      return {
        tone: "idle",
        sign: "mailNone",
        text: ["Replies are not emailed"],
        why: ["The preference is “Do not send anything”", waitInChat, { action: "preferences" }],
        buttons: [],
      };
    case "BLOCKED":
      return {
        tone: "idle",
        sign: "ban",
        text: [`${capital(inSentence(visitor))} is blocked: nothing is sent`],
        why: [waitInChat],
        buttons: ["unblock"],
      };
    case "NOTHING_PENDING":
      return describeRest(context);
  }
}

function describeWaiting(forwarding: Forwarding, context: OutlookContext): Outlook {
  const { address, dueAt, trigger, pendingReplies, kind, refusal, settling } = forwarding;
  const { visitor } = context;
  const to = address === null ? inSentence(visitor) : { address };
  const count = replies(pendingReplies);
  if (dueAt === null) {
    return {
      tone: "idle",
      sign: "clock",
      text: ["Not sent by itself: the newest reply is older than 7 days"],
      why: [`${count} to ${address ?? inSentence(visitor)}`],
      buttons: ["send-now"],
    };
  }
  const isTranscript = kind === "FULL_TRANSCRIPT";
  const first = forwarding.triggers.find((one) => one.trigger === trigger);
  const isUnproven = forwarding.state === "ADDRESS_UNPROVEN";
  const lead = isTranscript ? "The transcript goes to" : refusal === null ? "Goes to" : "Goes by email to";
  const amount = isTranscript
    ? `${forwarding.contextMessages + pendingReplies} messages, read or not`
    : kind === "NOTICE"
      ? "only that there is a reply: the address is not proven"
      : count;
  const why: OutlookPart[] =
    refusal !== null
      ? [refusalWords(context)]
      : [
          isUnproven
            ? "Too much went to addresses that are not proven"
            : trigger === null
              ? ""
              : whyTrigger(trigger, forwarding, context),
          settling ? "waits for one more reply to go along" : amount,
          ...(settling ? [] : [{ action: "preview" as const }]),
        ];
  return {
    tone: isUnproven ? "look" : "way",
    sign: { until: dueAt, seconds: Math.max(leastSeconds, first?.delaySeconds ?? 0) },
    text: [lead, to, { due: dueAt }, ...(isTranscript || refusal !== null ? [] : ["unless read"])],
    why: why.filter((part) => part !== ""),
    buttons: ["send-now", "hold"],
  };
}

function describeRest({ visitor, channel, lastMessage, replyWindowEndsAt, now }: OutlookContext): Outlook {
  const who = capital(inSentence(visitor));
  const rest = (sign: IconName, words: string): Outlook => ({
    tone: "rest",
    sign,
    text: [words],
    why: [],
    buttons: [],
  });
  if (channel.policy === "IMMEDIATE") {
    const until = replyWindowEndsAt;
    if (until === null) return rest("bubble", `Goes to ${channel.name} at once.`);
    return Date.parse(until) > now
      ? rest(
          "bubble",
          `Goes to ${channel.name} at once. ${channel.name} takes answers until ${dayAndTime(until, now)}.`,
        )
      : rest(
          "clock",
          `${channel.name} takes answers again once ${inSentence(visitor)} writes: its time ended ${dayAndTime(until, now)}.`,
        );
  }
  if (lastMessage === null || lastMessage.author.__typename === "Visitor") return rest("checks", "Nothing waits.");
  if (lastMessage.forwardedTo !== null && !lastMessage.read) {
    const at = lastMessage.forwardedAt == null ? "" : ` at ${dayAndTime(lastMessage.forwardedAt, now)}`;
    return rest("mailOut", `Nothing waits. Forwarded to ${lastMessage.forwardedTo}${at}.`);
  }
  return rest("checks", lastMessage.read ? `Nothing waits. ${who} has read every reply.` : "Nothing waits.");
}

/** "Visitor left at 14:06", "No activity since 14:07, the page is open", "No agent is online" */
function whyTrigger(trigger: string, { triggers }: Forwarding, { visitor, now }: OutlookContext): string {
  const since = triggers.find((one: Trigger) => one.trigger === trigger)?.since ?? null;
  switch (trigger) {
    case "VISITOR_LEFT":
      return since === null ? "Visitor left" : `Visitor left at ${dayAndTime(since, now)}`;
    case "INACTIVITY":
      return `No activity${since === null ? "" : ` since ${dayAndTime(since, now)}`}${visitor.online ? ", the page is open" : ""}`;
    case "AGENTS_OFFLINE":
      return "No agent is online";
    case "REQUESTED":
      return "Sent by an agent";
    default:
      return "At once";
  }
}

function refusalWords({ channel, replyWindowEndsAt, now }: OutlookContext): string {
  return replyWindowEndsAt === null
    ? `${channel.name} does not take the answer`
    : `${channel.name}’s time for answers ended ${dayAndTime(replyWindowEndsAt, now)}`;
}

function waited(code: string | null, { channel }: Forwarding): string {
  const name = channel === null || channel.id === "email" ? "the mail server" : channel.name;
  if (code === "RATE_LIMITED") return `${name} asked to wait`;
  if (code === "TIMED_OUT") return `${name} did not answer in time`;
  if (code === "UNAVAILABLE") return `${name} could not be reached`;
  return `${name} did not take it`;
}

function saidBy(delivery: Forwarding["delivery"]): readonly OutlookPart[] {
  return delivery?.failure?.detail == null ? [] : [{ action: "what-it-said" }];
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, "");

/** For screen readers, when the state changes: with a clock time rather than a countdown. */
export function speakOutlook({ text, why }: Outlook): string {
  const speak = (part: OutlookPart): string => {
    if (typeof part === "string") return part;
    if ("address" in part) return part.address;
    if ("due" in part) return `at ${clockTime(part.due)}`;
    return "";
  };
  return [text.map(speak).join(" "), why.map(speak).filter(Boolean).join(", ")].filter(Boolean).join(". ");
}
