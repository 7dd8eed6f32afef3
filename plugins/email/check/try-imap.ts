import type { ImapServer } from "../inbound/inbound-settings.js";
import { explainImapFault, imapClient } from "../inbound/sources/imap-client.js";
import { type Finding, fine, wrong } from "./finding.js";

/** Logs in and opens the folder, changing nothing. */
export async function tryMailbox(server: ImapServer, maxSizeBytes: number): Promise<Finding> {
  const place = `${server.folder} of ${server.user} at ${server.host}:${server.port}`;
  const client = imapClient(server, maxSizeBytes);
  // A connection that breaks fails the command in hand too.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.mailboxOpen(server.folder, { readOnly: true });
    return fine(`EMAIL_IMAP_URL: ${place} can be read.`);
  } catch (error) {
    return wrong(
      `EMAIL_IMAP_URL: ${place} cannot be read: ${explainImapFault(error, server.password)}`,
      "Check host, port, user, password and folder; some providers want an app password, or IMAP switched on first.",
    );
  } finally {
    client.close();
  }
}
