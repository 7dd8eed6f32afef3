import type { ChannelHost } from "afterchat/channel";
import { checkRecipient, type LocalAddresses, type RecipientStatus } from "../../inbound/sources/check-recipient.js";
import { tooMuchMail } from "../../inbound/sources/refuse.js";
import { type IncomingMail, storeMail } from "../../inbound/store-mail.js";
import type { StoredMail } from "../stored-mails.js";
import { composeBounce } from "./compose-bounce.js";
import { composeComplaint } from "./compose-complaint.js";
import { composeReply } from "./compose-reply.js";

/**
 * `REPLY`: as the visitor. `MACHINE`: as their out-of-office note. `BOUNCE`: as a mail server that cannot deliver it. `COMPLAINT`: as a mail
 * provider whose user reports it as unwanted.
 */
export const answerKinds = ["REPLY", "MACHINE", "BOUNCE", "COMPLAINT"] as const;

/** In characters; that of a message. */
export const maxAnswerLength = 50_000;

export interface Answer {
  readonly as: (typeof answerKinds)[number];
  /**
   * `REPLY`: required. `MACHINE`: the note. `BOUNCE`: what the mail server says, such as "452 4.2.2 Mailbox full". Empty: the usual.
   */
  readonly text: string;
}

/** An HTTP status, and what to show. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

interface AnswerOptions {
  readonly host: ChannelHost;
  readonly local: LocalAddresses;
}

/**
 * Answers an email of the dev mailbox: composes the whole email that a mail program or server would send back, and stores it as every
 * inbound source does. What it does is seen in the conversation a moment later. Null once it is stored.
 */
export async function answerMail(options: AnswerOptions, mail: StoredMail, answer: Answer): Promise<Refusal | null> {
  const { host, local } = options;
  if (answer.as === "REPLY" && answer.text.trim() === "") return { status: 400, message: "Write an answer first." };
  const incoming = await compose(mail, { ...answer, text: answer.text.trim() }, local, host.now());
  try {
    // As a mail server asks before it takes an email.
    const [recipient = ""] = incoming.envelope.to;
    const refusal = explain(await checkRecipient(host, local, recipient));
    if (refusal !== null) return refusal;
    return (await storeMail(host, incoming)) === "refused" ? { status: 503, message: tooMuchMail } : null;
  } catch (error) {
    host.logger.warn("An answer in the dev mailbox could not be stored", { error });
    return { status: 503, message: "The answer could not be stored: try again." };
  }
}

async function compose(mail: StoredMail, answer: Answer, local: LocalAddresses, now: Date): Promise<IncomingMail> {
  switch (answer.as) {
    case "REPLY":
    case "MACHINE":
      return composeReply(mail, { text: answer.text, isAutomatic: answer.as === "MACHINE" }, now);
    case "BOUNCE":
      return composeBounce(mail, answer.text, now);
    case "COMPLAINT":
      return composeComplaint(mail, local.from, now);
  }
}

function explain(status: RecipientStatus): Refusal | null {
  switch (status) {
    case "accepted":
      return null;
    case "blocked":
      return { status: 409, message: "Staff have blocked this visitor: their answers are refused." };
    case "erased":
      return { status: 410, message: "This visitor was erased: nothing is received from them any more." };
    case "unknown":
    case "not-local":
      return {
        status: 409,
        message: "Afterchat does not receive email for this address any more: EMAIL_FROM or APP_SECRET has changed.",
      };
  }
}
