import { isLoopbackHost } from "afterchat/channel";
import { ImapFlow } from "imapflow";
import { z } from "zod";
import type { ImapServer } from "../inbound-settings.js";

/** A client that is not connected yet. */
export function imapClient(server: ImapServer, maxSizeBytes: number): ImapFlow {
  return new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.encryption === "from-the-start",
    // The password must not cross a network in the clear, whatever a server offers.
    ...(server.encryption === "upgrade" ? { doSTARTTLS: !isLoopbackHost(server.host) } : {}),
    auth: { user: server.user, pass: server.password },
    logger: false,
    disableAutoIdle: true,
    maxIdleTime: 5 * 60_000,
    connectionTimeout: 10_000,
    maxLiteralSize: 2 * maxSizeBytes,
    maxResponseSize: 4 * maxSizeBytes,
  });
}

const imapFailure = z.object({
  message: z.string().optional(),
  responseText: z.string().optional(),
  authenticationFailed: z.boolean().optional(),
});

export function isRefusedLogin(error: unknown): boolean {
  return imapFailure.safeParse(error).data?.authenticationFailed === true;
}

/** For agents and operators; servers at times quote what they were sent. */
export function explainImapFault(error: unknown, password: string): string {
  const { message, responseText } = imapFailure.safeParse(error).data ?? {};
  const said = (responseText ?? message ?? "for an unknown reason").replaceAll(password, "***").slice(0, 200);
  return isRefusedLogin(error) ? `user or password is refused (${said}): check EMAIL_IMAP_URL` : said;
}
