import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { addressOf } from "../../../support/fakes/mail-sink.js";

/** A mail that this server was given. */
export interface Posted {
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly from: string;
  readonly to: string;
}

/** What becomes of a mail once the server has taken it. */
export type Handling = (mail: Posted) => Promise<void>;

/** An operator's mail server on loopback: `handle` says what it does with the mails that it takes, one after the other. */
export class PostOffice {
  #handling: Handling = async () => undefined;
  #handled: Promise<void> = Promise.resolve();

  private constructor(private readonly server: SMTPServer) {}

  static async open(): Promise<PostOffice> {
    let office: PostOffice | null = null;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS", "AUTH"],
      logger: false,
      disableReverseLookup: true,
      async onData(stream, { envelope }, done) {
        const raw = await text(stream);
        const parsed = await simpleParser(raw);
        done();
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        for (const { address } of envelope.rcptTo) office?.take({ raw, parsed, from, to: address });
      },
    });
    server.on("error", () => undefined);
    server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    office = new PostOffice(server);
    return office;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  /** From now on; what it throws fails the test at `close`. */
  handle(handling: Handling): void {
    this.#handling = handling;
  }

  private take(mail: Posted): void {
    this.#handled = this.#handled.then(() => this.#handling(mail));
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => this.server.close(() => done()));
    await this.#handled;
  }
}

/** Brings a mail to a listener, with fields before its own as servers on the way write them. */
export async function bring(
  mail: { readonly raw: string; readonly from: string; readonly to: string },
  port: number,
  protocol: "SMTP" | "LMTP" = "SMTP",
): Promise<void> {
  const transport = createTransport({
    ...{ host: "127.0.0.1", port, secure: false, ignoreTLS: true, lmtp: protocol === "LMTP" },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  try {
    await transport.sendMail({ envelope: { from: mail.from, to: [mail.to] }, raw: mail.raw });
  } finally {
    transport.close();
  }
}

let answers = 0;

/** How a person's mail program answers: above the quoted mail. `null` leaves a field out. */
export function answerTo(
  { parsed, to }: Posted,
  words: string,
  { fields = {}, recipient }: { readonly fields?: Readonly<Record<string, string>>; readonly recipient?: string } = {},
): { readonly raw: string; readonly from: string; readonly to: string } {
  answers += 1;
  const replyTo = recipient ?? addressOf(parsed.replyTo).address;
  const header: Record<string, string> = {
    ...fields,
    From: `Ana <${to}>`,
    To: replyTo,
    Subject: `Re: ${parsed.subject}`,
    Date: "Tue, 3 Mar 2026 12:00:00 +0000",
    "Message-ID": `<answer-${answers}@visitor.example>`,
    "In-Reply-To": parsed.messageId ?? "",
    References: [parsed.references ?? [], parsed.messageId ?? []].flat().join(" "),
    "Content-Type": "text/plain; charset=utf-8",
  };
  const quote = (parsed.text ?? "").split("\n").map((line) => `> ${line}`);
  const lines = [...Object.entries(header).map(([name, value]) => `${name}: ${value}`), "", words, "", ...quote, ""];
  return { raw: lines.join("\r\n"), from: to, to: replyTo };
}

/** What a server sends that could not deliver a mail (RFC 3464). */
export function bounceOf({ from, to, parsed }: Posted): {
  readonly raw: string;
  readonly from: string;
  readonly to: string;
} {
  const lines = [
    ...["From: MAILER-DAEMON@mx.harbour.example", `To: <${from}>`, "Subject: Undelivered Mail Returned to Sender"],
    ...["Date: Tue, 3 Mar 2026 12:00:00 +0000", "Auto-Submitted: auto-replied", "MIME-Version: 1.0"],
    ...['Content-Type: multipart/report; report-type=delivery-status; boundary="b"', ""],
    ...["--b", "Content-Type: text/plain", "", `<${to}>: unknown user`, ""],
    ...["--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.harbour.example", ""],
    ...[`Final-Recipient: rfc822; ${to}`, "Action: failed", "Status: 5.1.1"],
    ...["Diagnostic-Code: smtp; 550 5.1.1 No such mailbox as that", ""],
    ...["--b", "Content-Type: text/rfc822-headers", "", `Message-ID: ${parsed.messageId}`, "", "--b--", ""],
  ];
  return { raw: lines.join("\r\n"), from: "", to: from };
}
