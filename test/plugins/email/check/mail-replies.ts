import { createTransport } from "nodemailer";
import { addressOf, type ReceivedMail } from "../../../support/fakes/mail-sink.js";
import { deliveryStatus } from "../delivery-status.js";

/** An email with its envelope. */
export interface RawMail {
  readonly raw: string | Buffer;
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
}

/** Sends an email unchanged to a listener. */
export async function sendRaw(
  { raw, envelopeFrom, envelopeTo }: RawMail,
  port: number,
  protocol: "SMTP" | "LMTP" = "SMTP",
): Promise<void> {
  const transport = createTransport({
    ...{ host: "127.0.0.1", port, secure: false, ignoreTLS: true, lmtp: protocol === "LMTP" },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  try {
    await transport.sendMail({ envelope: { from: envelopeFrom, to: [...envelopeTo] }, raw });
  } finally {
    transport.close();
  }
}

let answers = 0;

interface AnswerParts {
  readonly fields?: Readonly<Record<string, string>>;
  /** The address that it is sent to; by default the email's Reply-To. */
  readonly recipient?: string;
}

/** An answer by the email's recipient, above the quoted email. */
export function answerTo(
  { parsed, envelopeTo }: ReceivedMail,
  text: string,
  { fields = {}, recipient }: AnswerParts = {},
): RawMail {
  answers += 1;
  const [sender = ""] = envelopeTo;
  const replyTo = recipient ?? addressOf(parsed.replyTo).address;
  const header: Record<string, string> = {
    ...fields,
    From: `Ana <${sender}>`,
    To: replyTo,
    Subject: `Re: ${parsed.subject}`,
    Date: "Tue, 3 Mar 2026 12:00:00 +0000",
    "Message-ID": `<answer-${answers}@visitor.example>`,
    "In-Reply-To": parsed.messageId ?? "",
    References: [parsed.references ?? [], parsed.messageId ?? []].flat().join(" "),
    "Content-Type": "text/plain; charset=utf-8",
  };
  const quote = (parsed.text ?? "").split("\n").map((line) => `> ${line}`);
  const lines = [...Object.entries(header).map(([name, value]) => `${name}: ${value}`), "", text, "", ...quote, ""];
  return { raw: lines.join("\r\n"), envelopeFrom: sender, envelopeTo: [replyTo] };
}

/** The report of a server that could not deliver an email (RFC 3464). */
export function bounceOf({ envelopeFrom, envelopeTo, parsed }: ReceivedMail): RawMail {
  const [recipient = ""] = envelopeTo;
  const raw = deliveryStatus({
    to: envelopeFrom,
    recipient,
    diagnostic: "smtp; 550 5.1.1 No such mailbox as that",
    returned: [`Message-ID: ${parsed.messageId}`, "", ""],
  });
  return { raw, envelopeFrom: "", envelopeTo: [envelopeFrom] };
}
