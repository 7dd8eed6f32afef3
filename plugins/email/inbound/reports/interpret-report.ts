import type { ChannelHost, FoundConversation, Interpretation, KeptOriginal } from "afterchat/channel";
import { type SignedAddresses, verifyTokens } from "../find-signed-ids.js";
import { messageIds, namesOf } from "../message-ids.js";
import { classifyBounce } from "./classify-bounce.js";
import type { Report } from "./parse-report.js";

interface Reporting {
  readonly report: Report;
  /** The addresses that the report itself was sent to. */
  readonly signed: SignedAddresses;
  readonly original: KeptOriginal;
}

/** Fields in which a report, or the mail that came back, names the delivery that it is about. */
const nameFields = ["message-id", "original-message-id", "in-reply-to", "references", "x-original-message-id"];
const addressFields = ["original-mail-from", "return-path", "x-failed-recipients"];

/**
 * What a report means: the delivery is found by the address that it was sent to, which is signed for it, else by what it
 * says of the mail.
 */
export async function interpretReport(
  host: Pick<ChannelHost, "verify" | "findConversation">,
  { report, signed, original }: Reporting,
): Promise<Interpretation> {
  const ids = [
    ...new Set(report.about.flatMap((fields) => nameFields.flatMap((name) => fields.all(name).flatMap(messageIds)))),
  ];
  const found = await findDelivery(host, report, signed, ids);
  const concerns = found === null ? {} : { conversationId: found.id };
  if (report.fate === "nothing-new")
    return { outcome: "dropped", reason: "REPORT", detail: report.detail, ...concerns };
  if (found === null) {
    return { outcome: "dropped", reason: "NOT_OURS", detail: "It reports about no mail that Afterchat has sent." };
  }
  const { deliveryId } = found;
  if (deliveryId === null) {
    const detail = "It reports about a mail of this conversation, but does not say which.";
    return { outcome: "dropped", reason: "REPORT", detail, ...concerns };
  }
  const event = { externalId: `${report.fate} ${original.key}`.slice(0, 1_000), at: original.receivedAt };
  switch (report.fate) {
    case "failed": {
      const failure = classifyBounce(report.status, report.words);
      return { outcome: "events", events: [{ type: "bounced", ...event, deliveryId, failure }] };
    }
    case "complained": {
      const detail = `Reported as unwanted: ${report.by}`.slice(0, 300);
      return { outcome: "events", events: [{ type: "complained", ...event, deliveryId, detail }] };
    }
    case "delivered": {
      const messageId = await firstKnown(host, ids);
      if (messageId !== null) return { outcome: "events", events: [{ type: "delivered", ...event, messageId }] };
      const detail = "It says that a mail arrived, but names none by its Message-ID.";
      return { outcome: "dropped", reason: "REPORT", detail, ...concerns };
    }
  }
}

async function findDelivery(
  host: Pick<ChannelHost, "verify" | "findConversation">,
  { about }: Report,
  signed: SignedAddresses,
  ids: readonly string[],
): Promise<FoundConversation | null> {
  const told = verifyTokens(
    host,
    about.flatMap((fields) => addressFields.flatMap((name) => fields.all(name))),
  );
  for (const deliveryId of [signed.deliveryId, told.deliveryId]) {
    const found = deliveryId === null ? null : await host.findConversation({ deliveryId });
    if (found !== null) return found;
  }
  const named = ids.length === 0 ? null : await host.findConversation({ names: namesOf(ids) });
  if (named !== null || signed.conversationId === null) return named;
  return host.findConversation({ conversationId: signed.conversationId });
}

async function firstKnown(host: Pick<ChannelHost, "findConversation">, ids: readonly string[]): Promise<string | null> {
  for (const externalId of ids.slice(0, 10)) {
    // By the id alone: the event names it so.
    if ((await host.findConversation({ names: [{ externalId }] })) !== null) return externalId;
  }
  return null;
}
