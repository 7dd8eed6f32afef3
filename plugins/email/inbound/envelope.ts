import { z } from "zod";

/**
 * What a way in knows of a mail beside its content, kept with it as `Original.envelope`. Nothing in it is the writer's own
 * word but `from` and `helo`, which are what the SMTP client said.
 */
export const inboundEnvelope = z.object({
  /** By which way it came. */
  via: z.enum(["smtp", "lmtp", "imap", "webhook", "mailgun", "postmark", "sendgrid"]),
  /** The reverse path: `""` for `<>`, as reports and automatic answers have it; null when the way in does not know it. */
  from: z.string().nullable(),
  /** The forward paths that were accepted, as they were given; empty when the way in does not know them. */
  to: z.array(z.string()),
  /**
   * The address of the SMTP client that brought it, and what it called itself; only where that is the sender's own server,
   * not a relay of ours. SPF is judged by them, and not judged where they are null.
   */
  remoteAddress: z.string().nullable(),
  helo: z.string().nullable(),
  /** When it reached the first server of ours, ISO 8601 (IMAP: INTERNALDATE); null: when it was kept. */
  arrivedAt: z.iso.datetime().nullable(),
  /** How the provider of a webhook, or the IMAP server, calls it; for logs only. */
  providerId: z.string().nullable(),
});

/** A reverse or forward path without the brackets that some write around it; `""` for `<>`. */
export function barePath(path: string): string {
  return path.replace(/^[\s<]+|[\s>]+$/g, "");
}

export type InboundEnvelope = z.infer<typeof inboundEnvelope>;
