import { concurrencyLimits } from "afterchat/channel";

/** How long the SMTP and LMTP listeners wait for slow clients. */
export interface MailTimeouts {
  /** Without a byte. Postfix waits 5 minutes for most replies, and closes an idle connection after 5 seconds. */
  readonly silenceMs: number;
  /** Without an accepted email, while none is being sent. */
  readonly withoutMailMs: number;
  /** For a whole connection, which other servers then open again. */
  readonly connectionMs: number;
  /** Before the rate of a content counts: a short one may arrive at any rate. */
  readonly graceMs: number;
  readonly checkEveryMs: number;
  /** What a content has to bring on average, after the grace: servers are faster than phones. 25 MB take at most 27 minutes. */
  readonly leastBytesPerSecond: number;
}

export const mailTimeouts: MailTimeouts = {
  silenceMs: 60_000,
  withoutMailMs: 120_000,
  connectionMs: 40 * 60_000,
  graceMs: 20_000,
  checkEveryMs: 1_000,
  leastBytesPerSecond: 16_000,
};

/** What a client has done on its connection so far. */
export interface MailConnection {
  readonly openMs: number;
  /** Since its last accepted email, or since it connected. */
  readonly withoutMailMs: number;
  /** Since then, too. */
  readonly commands: number;
  /** The email that it is sending, or that is being stored; null between emails. */
  readonly content: { readonly forMs: number; readonly bytes: number; readonly isComplete: boolean } | null;
}

/** Why the connection has to end, as the text of a reply 421; null while it may go on. */
export function judgeMailConnection(connection: MailConnection, timeouts: MailTimeouts): string | null {
  const { content } = connection;
  if (content?.isComplete) return null;
  if (connection.openMs > timeouts.connectionMs) return "4.4.2 Connection timed out";
  if (connection.commands > concurrencyLimits.mailCommands.max) return "4.7.0 Too many commands without an email";
  if (content === null) {
    return connection.withoutMailMs > timeouts.withoutMailMs ? "4.4.2 No email was sent for too long" : null;
  }
  const countedSeconds = Math.max(0, content.forMs - timeouts.graceMs) / 1_000;
  return content.bytes < countedSeconds * timeouts.leastBytesPerSecond ? "4.4.2 The email comes too slowly" : null;
}
