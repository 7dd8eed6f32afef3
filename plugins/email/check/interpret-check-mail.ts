import type { ChannelHost, FoundConversation, InboundEvent, InboundSender } from "afterchat/channel";
import { authenticateSender } from "../inbound/authentication/authenticate-sender.js";
import { type InterpretingMail, interpretMail } from "../inbound/interpret-mail.js";
import { parseMail } from "../inbound/parse-mail.js";
import { type CheckMail, checkVerifier } from "./check-store.js";

/** What a mail means that came in for a check. */
export type Meaning =
  /** The check's own mail, as servers that receive it see it. */
  | { readonly type: "came-back"; readonly sender: InboundSender }
  | { readonly type: "bounced"; readonly detail: string }
  | { readonly type: "answered"; readonly text: string; readonly sender: InboundSender }
  /** From a visitor it would become nothing. */
  | { readonly type: "dropped"; readonly reason: string; readonly detail: string };

export type ReadingChecks = Omit<InterpretingMail, "host"> & { readonly host: Pick<ChannelHost, "verify"> };

/** Understands it as Afterchat understands every mail, the check `id` being the conversation and the delivery. */
export async function readCheckMail(
  reading: ReadingChecks,
  id: string,
  mail: CheckMail,
  signal: AbortSignal,
): Promise<Meaning> {
  const place: FoundConversation = { id, erased: false, deliveryId: id };
  const interpreting: InterpretingMail = {
    ...reading,
    host: {
      ...checkVerifier(reading.host),
      findConversation: async (by) => {
        if ("names" in by) return null;
        return ("conversationId" in by ? by.conversationId : by.deliveryId) === id ? place : null;
      },
    },
  };
  const { raw: content, envelope, receivedAt } = mail;
  const original = {
    ...{ id, key: id, content, contentType: "message/rfc822", envelope, receivedAt, attempt: 1 },
    summary: { from: null, to: [], subject: null },
  };
  const interpretation = await interpretMail(interpreting, original, signal);
  if (interpretation.outcome === "events") return meaningOf(interpretation.events[0]);
  const { reason, detail = "" } = interpretation;
  if (reason !== "OWN_MAIL") return { type: "dropped", reason, detail };
  const parsed = await parseMail(content, signal);
  return {
    type: "came-back",
    sender: await authenticateSender(interpreting, content, parsed, envelope, signal),
  };
}

function meaningOf(event: InboundEvent | undefined): Meaning {
  switch (event?.type) {
    case "message":
      return {
        type: "answered",
        text: event.text,
        sender: event.sender ?? { address: "", authenticated: false, detail: "Nothing says who sent it." },
      };
    case "bounced":
      return { type: "bounced", detail: event.failure.detail };
    case "complained":
      return { type: "dropped", reason: "REPORT", detail: event.detail };
    default:
      return { type: "dropped", reason: "REPORT", detail: "It says that the mail arrived." };
  }
}
