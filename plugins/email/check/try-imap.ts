import type { ImapServer } from "../inbound/inbound-settings.js";
import { createImapClient, describeImapError } from "../inbound/sources/imap-client.js";
import { type Finding, fail, pass } from "./finding.js";

/** Logs in and opens the folder read-only. */
export async function tryImap(server: ImapServer, maxSizeBytes: number): Promise<Finding> {
  const folder = `${server.folder} of ${server.user} at ${server.host}:${server.port}`;
  const client = createImapClient(server, maxSizeBytes);
  // When the connection breaks, the current command fails as well.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.mailboxOpen(server.folder, { readOnly: true });
    return pass(`EMAIL_IMAP_URL: ${folder} can be read.`);
  } catch (error) {
    return fail(
      `EMAIL_IMAP_URL: ${folder} cannot be read: ${describeImapError(error, server.password)}`,
      "Check host, port, user, password and folder; some providers require an app password, or that IMAP is enabled first.",
    );
  } finally {
    client.close();
  }
}
