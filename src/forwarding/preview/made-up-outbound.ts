import { v7 } from "uuid";
import type { Outbound, OutboundMessage } from "../../channels/channel.js";
import type { Services } from "../../services.js";
import { createReference } from "../deliveries/create-reference.js";
import { resumePage } from "../deliveries/resume-page.js";
import { ForwardingMode, type ForwardingPreference } from "../forwarding-preference.entity.js";

const minuteMs = 60_000;

/** What a conversation that never was would send, in the company's language: for admins who choose what is sent. */
export function madeUpOutbound(
  { config, clock }: Services,
  { mode }: Pick<ForwardingPreference, "mode">,
  agentName: string,
): Omit<Outbound, "saveProgress"> {
  const now = clock.now();
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minuteMs);
  const message = (
    role: OutboundMessage["role"],
    kind: "visitor" | "agent",
    text: string,
    minutesAgo: number,
  ): OutboundMessage => ({
    role,
    author: { kind, name: kind === "visitor" ? "Ana" : agentName },
    text,
    sentAt: ago(minutesAgo),
    attachments: [],
  });
  return {
    deliveryId: v7(),
    reference: createReference(),
    attempt: 1,
    address: null,
    kind: mode === ForwardingMode.FULL_TRANSCRIPT ? "full-transcript" : "unread-replies",
    messages: [
      message("context", "visitor", "Good afternoon! Is my order ready?", 12),
      message("context", "agent", "Let me ask, one moment.", 10),
      message("pending", "agent", "It is ready! You can pick it up whenever you like.", 6),
      message("pending", "agent", "We are open until six.", 5),
    ],
    withholdsVisitor: false,
    earlierMessages: 0,
    conversation: { id: v7(), startedAt: ago(12) },
    visitor: { id: v7(), name: "Ana", locale: null, timeZone: null },
    company: { name: config.companyName, locale: config.companyLocale },
    links: { conversation: resumePage(config, null) },
    thread: [],
    lastInbound: null,
    progress: null,
  };
}
