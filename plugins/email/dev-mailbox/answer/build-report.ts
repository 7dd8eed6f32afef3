import { randomUUID } from "node:crypto";

interface ReportParts {
  /** The name and address of the program that reports, such as `Mail Delivery System <MAILER-DAEMON@example.com>`; ASCII, as `to`. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly date: Date;
  /** `delivery-status` (RFC 3464) or `feedback-report` (RFC 5965). */
  readonly type: "delivery-status" | "feedback-report";
  /** For people. */
  readonly text: string;
  /** The lines of the part for programs, whose content type is `message/<type>`. */
  readonly fields: readonly string[];
  /** The header of the email that it is about. */
  readonly returned: readonly { readonly name: string; readonly value: string }[];
}

/** A report by a program about an email (multipart/report, RFC 6522), which returns that email's header. */
export function buildReport({ from, to, subject, date, type, text, fields, returned }: ReportParts): Buffer {
  const boundary = randomUUID();
  const domain = /@([^@>\s]+)>?$/.exec(from)?.[1] ?? "localhost";
  const part = (contentType: string, lines: readonly string[]) => [
    `--${boundary}`,
    `Content-Type: ${contentType}`,
    "Content-Transfer-Encoding: 8bit",
    "",
    ...lines,
    "",
  ];
  const lines = [
    `From: ${from}`,
    `To: <${to}>`,
    `Subject: ${subject}`,
    `Date: ${date.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${randomUUID()}@${domain}>`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=${type}; boundary="${boundary}"`,
    "",
    ...part("text/plain; charset=utf-8", text.split("\n")),
    ...part(`message/${type}`, fields),
    ...part(
      "text/rfc822-headers; charset=utf-8",
      returned.map(({ name, value }) => `${name}: ${value}`),
    ),
    `--${boundary}--`,
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}
