import type { ChannelHost, FoundConversation, Interpretation, KeptOriginal } from "afterchat/channel";
import { type SignedIds, verifyTokens } from "../find-signed-ids.js";
import { deliveryNames } from "../message-ids.js";
import { classifyBounce } from "./classify-bounce.js";
import type { Report } from "./report.js";

interface ReceivedReport {
  readonly report: Report;
  /** What the addresses that it was sent to are signed for. */
  readonly signed: SignedIds;
  readonly original: KeptOriginal;
}

/**
 * Interprets a report. The delivery is found by the signed address that the report was sent to, else by what the report
 * says about the email.
 */
export async function interpretReport(
  host: Pick<ChannelHost, "verify" | "findConversation">,
  { report, signed, original }: ReceivedReport,
): Promise<Interpretation> {
  const ids = report.references.messageIds;
  const found = await findDelivery(host, report, signed);
  const related = found === null ? {} : { conversationId: found.id };
  if (report.outcome === "no-change")
    return { outcome: "dropped", reason: "REPORT", detail: report.detail, ...related };
  if (found === null) {
    return { outcome: "dropped", reason: "NOT_OURS", detail: "It is not about an email that Afterchat has sent." };
  }
  const { deliveryId } = found;
  if (deliveryId === null) {
    const detail = "It is about an email of this conversation, but does not say which.";
    return { outcome: "dropped", reason: "REPORT", detail, ...related };
  }
  const event = { externalId: `${report.outcome} ${original.key}`.slice(0, 1_000), at: original.receivedAt };
  switch (report.outcome) {
    case "failed": {
      const failure = classifyBounce(report.status, report.text);
      return { outcome: "events", events: [{ type: "bounced", ...event, deliveryId, failure }] };
    }
    case "complained": {
      const detail = `Reported as spam: ${report.by}`.slice(0, 300);
      return { outcome: "events", events: [{ type: "complained", ...event, deliveryId, detail }] };
    }
    case "delivered": {
      const messageId = await findKnownMessageId(host, ids);
      if (messageId !== null) return { outcome: "events", events: [{ type: "delivered", ...event, messageId }] };
      const detail = "It says that an email was delivered, but contains no known Message-ID.";
      return { outcome: "dropped", reason: "REPORT", detail, ...related };
    }
  }
}

async function findDelivery(
  host: Pick<ChannelHost, "verify" | "findConversation">,
  { references }: Report,
  signed: SignedIds,
): Promise<FoundConversation | null> {
  const { messageIds } = references;
  const referenced = verifyTokens(host, references.tokens);
  for (const deliveryId of [signed.deliveryId, referenced.deliveryId]) {
    const found = deliveryId === null ? null : await host.findConversation({ deliveryId });
    if (found !== null) return found;
  }
  const byMessageId =
    messageIds.length === 0 ? null : await host.findConversation({ names: deliveryNames(messageIds) });
  if (byMessageId !== null || signed.conversationId === null) return byMessageId;
  return host.findConversation({ conversationId: signed.conversationId });
}

async function findKnownMessageId(
  host: Pick<ChannelHost, "findConversation">,
  ids: readonly string[],
): Promise<string | null> {
  for (const externalId of ids.slice(0, 10)) {
    // By the external id alone, because the event refers to it by that.
    if ((await host.findConversation({ names: [{ externalId }] })) !== null) return externalId;
  }
  return null;
}
