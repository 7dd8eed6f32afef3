import { createTransport, type NodemailerError } from "nodemailer";
import type { ListenAddress } from "../inbound/inbound-settings.js";
import { type Finding, fine, wrong } from "./finding.js";

/** A mail that is brought to a way in of this Afterchat's own. */
export interface Brought {
  readonly from: string;
  readonly to: string;
  readonly raw: string;
  /** Whether it has reached the check meanwhile. */
  arrived(): Promise<boolean>;
}

const connectionMs = 5_000;
const silenceMs = 15_000;

/** Brings a mail to a listener of this Afterchat's own, as the next mail server does. */
export async function tryListener(protocol: "SMTP" | "LMTP", address: ListenAddress, mail: Brought): Promise<Finding> {
  const place = `${address.host}:${address.port}`;
  const variable = `EMAIL_${protocol}_LISTEN`;
  const transport = createTransport({
    host: connectable(address.host),
    port: address.port,
    secure: false,
    lmtp: protocol === "LMTP",
    // Which name the certificate is for is other servers' matter.
    tls: { rejectUnauthorized: false },
    connectionTimeout: connectionMs,
    greetingTimeout: connectionMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const info = await transport.sendMail({ envelope: { from: mail.from, to: [mail.to] }, raw: mail.raw });
    const [refusal] = info.rejectedErrors ?? [];
    if (refusal !== undefined) throw refusal;
  } catch (error) {
    return classifyFailure(error as NodemailerError, { protocol, place, variable });
  } finally {
    transport.close();
  }
  if (await mail.arrived()) return fine(`${variable}: ${place} takes mail for Afterchat's own addresses.`);
  return wrong(
    `${variable}: what listens on ${place} took the mail, but it is not in this database.`,
    "Give this command and the program that listens there the same DATABASE_URL (or DATA_DIR).",
  );
}

function classifyFailure(
  error: NodemailerError,
  { protocol, place, variable }: { readonly protocol: string; readonly place: string; readonly variable: string },
): Finding {
  const said = error.response ?? error.message;
  if (error.responseCode === undefined) {
    return wrong(
      `${variable}: nothing answers by ${protocol} on ${place}: ${said}`,
      `Start Afterchat with these settings, and see that no other program has the port and no firewall is between.`,
    );
  }
  if (error.responseCode >= 500) {
    return wrong(
      `${variable}: what listens on ${place} does not know Afterchat's own addresses: ${said}`,
      "Another program listens there, or an Afterchat with other settings: give it the same APP_SECRET, database, EMAIL_FROM and EMAIL_REPLY_DOMAIN.",
    );
  }
  return wrong(`${variable}: ${place} cannot take mail now: ${said}`, "Look into Afterchat's log; run this again.");
}

/** Where to connect to reach what listens on all addresses. */
function connectable(host: string): string {
  return host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
}
