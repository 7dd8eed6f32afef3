import { z } from "zod";
import { trimCharacters } from "../trim-characters.js";

/**
 * What an inbound source knows about an email besides its content; stored as `Original.envelope`. The sender controls
 * only `from` and `helo`, which are what the SMTP client sent.
 */
export const inboundEnvelope = z.object({
  /** How it was received; `mailbox`: it was written in the dev mailbox. */
  via: z.enum(["smtp", "lmtp", "imap", "webhook", "mailgun", "postmark", "sendgrid", "mailbox"]),
  /** The reverse path: `""` for `<>`, as in reports and automatic replies; null if the source does not know it. */
  from: z.string().nullable(),
  /** The accepted forward paths, unchanged; empty if the source does not know them. */
  to: z.array(z.string()),
  /**
   * The address and HELO name of the SMTP client, if it is the sender's server and not a relay of the operator. SPF is
   * checked against them, and not at all if they are null.
   */
  remoteAddress: z.string().nullable(),
  helo: z.string().nullable(),
  /** When it reached the operator's first server, ISO 8601 (IMAP: INTERNALDATE); null: when it was stored. */
  arrivedAt: z.iso.datetime().nullable(),
  /** The id at the webhook's provider or the IMAP server; for logs only. */
  providerId: z.string().nullable(),
});

/** A reverse or forward path without angle brackets; `""` for `<>`. */
export function barePath(path: string): string {
  return trimCharacters(
    path,
    (character) => character === "<" || character.trim() === "",
    (character) => character === ">" || character.trim() === "",
  );
}

export type InboundEnvelope = z.infer<typeof inboundEnvelope>;
