import { isLoopbackHost } from "afterchat/channel";
import { ImapFlow } from "imapflow";
import { z } from "zod";
import type { ImapServer } from "../inbound-settings.js";

/** Returns a client that is not connected yet. */
export function createImapClient(server: ImapServer, maxSizeBytes: number): ImapFlow {
  return new ImapFlow({
    host: server.host,
    port: server.port,
    secure: server.encryption === "from-the-start",
    // The password must not be sent over a network in plain text, whatever the server offers.
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

/** A message for agents and operators, without the password, which some servers quote. */
export function describeImapError(error: unknown, password: string): string {
  const { message, responseText } = imapFailure.safeParse(error).data ?? {};
  const reason = (responseText ?? message ?? "unknown reason").replaceAll(password, "***").slice(0, 200);
  return isRefusedLogin(error) ? `user or password is refused (${reason}): check EMAIL_IMAP_URL` : reason;
}
