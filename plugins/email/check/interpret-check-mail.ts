import type { ChannelHost, FoundConversation, InboundEvent, InboundSender } from "afterchat/channel";
import { authenticateSender } from "../inbound/authentication/authenticate-sender.js";
import { readSender } from "../inbound/authentication/read-sender.js";
import { type InterpretOptions, interpretMail } from "../inbound/interpret-mail.js";
import { parseMail } from "../inbound/parse-mail.js";
import { readerInThisThread } from "../inbound/reading/mail-reader.js";
import { type CheckMail, checkVerifier } from "./check-store.js";

/** The meaning of an email that arrived for a check. */
export type Meaning =
  /** The check's own email, with its sender as receivers see it. */
  | { readonly type: "came-back"; readonly sender: InboundSender }
  | { readonly type: "bounced"; readonly detail: string }
  | { readonly type: "answered"; readonly text: string; readonly sender: InboundSender }
  /** An email by a visitor would be ignored. */
  | { readonly type: "dropped"; readonly reason: string; readonly detail: string };

export type InterpretCheckOptions = Omit<InterpretOptions, "host" | "reader"> & {
  readonly host: Pick<ChannelHost, "verify">;
};

/** Interprets an email like any other, with the check's id as that of its conversation and its delivery. */
export async function interpretCheckMail(
  options: InterpretCheckOptions,
  id: string,
  mail: CheckMail,
  signal: AbortSignal,
): Promise<Meaning> {
  const conversation: FoundConversation = { id, erased: false, blocked: false, deliveryId: id };
  const interpretOptions: InterpretOptions = {
    ...options,
    reader: readerInThisThread,
    host: {
      ...checkVerifier(options.host),
      findConversation: async (query) => {
        if ("names" in query) return null;
        return ("conversationId" in query ? query.conversationId : query.deliveryId) === id ? conversation : null;
      },
    },
  };
  const { raw: content, envelope, receivedAt } = mail;
  const original = {
    ...{ id, key: id, content, contentType: "message/rfc822", envelope, receivedAt, attempt: 1 },
    summary: { from: null, to: [], subject: null },
  };
  const interpretation = await interpretMail(interpretOptions, original, signal);
  if (interpretation.outcome === "events") return meaningOf(interpretation.events[0]);
  const { reason, detail = "" } = interpretation;
  if (reason !== "OWN_MAIL") return { type: "dropped", reason, detail };
  const read = readSender(await parseMail(content), envelope, options.authservId);
  return { type: "came-back", sender: await authenticateSender(interpretOptions, read, { content, envelope }, signal) };
}

function meaningOf(event: InboundEvent | undefined): Meaning {
  switch (event?.type) {
    case "message":
      return {
        type: "answered",
        text: event.text,
        sender: event.sender ?? { address: "", authenticated: false, detail: "The sender is unknown." },
      };
    case "bounced":
      return { type: "bounced", detail: event.failure.detail };
    case "complained":
      return { type: "dropped", reason: "REPORT", detail: event.detail };
    default:
      return { type: "dropped", reason: "REPORT", detail: "It says that the email was delivered." };
  }
}
