import { createTransport, type NodemailerError } from "nodemailer";
import type { ListenAddress } from "../inbound/inbound-settings.js";
import { type Finding, fail, pass } from "./finding.js";

/** A test email that is sent to one of Afterchat's own inbound sources. */
export interface TestMail {
  readonly from: string;
  readonly to: string;
  readonly raw: string;
  /** Whether it has arrived at the check. */
  arrived(): Promise<boolean>;
}

const connectionTimeoutMs = 5_000;
const socketTimeoutMs = 15_000;

/** Sends a test email to one of Afterchat's listeners, like another mail server would. */
export async function tryListener(protocol: "SMTP" | "LMTP", address: ListenAddress, mail: TestMail): Promise<Finding> {
  const server = `${address.host}:${address.port}`;
  const variable = `EMAIL_${protocol}_LISTEN`;
  const transport = createTransport({
    host: connectable(address.host),
    port: address.port,
    secure: false,
    lmtp: protocol === "LMTP",
    // The name in the certificate is not checked here.
    tls: { rejectUnauthorized: false },
    connectionTimeout: connectionTimeoutMs,
    greetingTimeout: connectionTimeoutMs,
    socketTimeout: socketTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const info = await transport.sendMail({ envelope: { from: mail.from, to: [mail.to] }, raw: mail.raw });
    const [refusal] = info.rejectedErrors ?? [];
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    return checkFailure(error as NodemailerError, { protocol, server, variable });
  } finally {
    transport.close();
  }
  if (await mail.arrived()) return pass(`${variable}: ${server} accepts mail for Afterchat's own addresses.`);
  return fail(
    `${variable}: the server on ${server} accepted the email, but it is not in this database.`,
    "Run this command with the same DATABASE_URL (or DATA_DIR) as the program that listens there.",
  );
}

function checkFailure(
  error: NodemailerError,
  { protocol, server, variable }: { readonly protocol: string; readonly server: string; readonly variable: string },
): Finding {
  const message = error.response ?? error.message;
  if (error.responseCode === undefined) {
    return fail(
      `${variable}: nothing responds by ${protocol} on ${server}: ${message}`,
      "Start Afterchat with these settings, and check that no other program uses the port and no firewall blocks it.",
    );
  }
  if (error.responseCode >= 500) {
    return fail(
      `${variable}: the server on ${server} rejects Afterchat's own addresses: ${message}`,
      "Another program listens there, or an Afterchat with other settings: it needs the same APP_SECRET, database, EMAIL_FROM and EMAIL_REPLY_DOMAIN.",
    );
  }
  return fail(
    `${variable}: ${server} temporarily refuses mail: ${message}`,
    "Check Afterchat's log, and run this again.",
  );
}

/** The host to connect to if a server listens on all addresses. */
function connectable(host: string): string {
  return host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
}
