import type { ChannelHealth, DeliveryResult, Failure } from "afterchat/channel";
import type { SmtpServer } from "../settings.js";
import { type Finding, fine, wrong } from "./finding.js";

/** How the server is called in sentences; without user and password. */
function nameOf({ host, port }: Pick<SmtpServer, "host" | "port">): string {
  return `${host}:${port}`;
}

/** What a login without sending has shown. */
export function checkLogin(health: ChannelHealth, server: SmtpServer): Finding {
  if (!health.ok) return checkServer(health.failure, server);
  const how = server.credentials === null ? "takes mail without a login" : "accepts user and password";
  return fine(`${nameOf(server)} answers and ${how}.`);
}

/** What became of sending a check's mail. */
export function checkSending(
  result: DeliveryResult,
  { to, from, server }: { readonly to: string; readonly from: string; readonly server: SmtpServer },
): Finding {
  const name = nameOf(server);
  switch (result.outcome) {
    case "accepted":
      return fine(`${name} took the mail to ${to}.`);
    case "uncertain":
      return wrong(
        `${name} did not say whether it took the mail to ${to}: ${result.failure.detail}`,
        "Look into the server's log; run this again.",
      );
    case "retry":
      return checkServer(result.failure, server);
    case "rejected":
      return classifyRefusal(result.failure, { to, from, name });
  }
}

function classifyRefusal({ code, bounce, detail }: Failure, mail: { to: string; from: string; name: string }): Finding {
  const { to, from, name } = mail;
  if (code === "CONTENT_REJECTED") {
    return wrong(
      `${name} refuses the mail itself: ${detail}`,
      "Its words say why; a size limit or a filter, as a rule.",
    );
  }
  if (bounce !== undefined) {
    return wrong(
      `${name} refuses the recipient ${to}: ${detail}`,
      "Check the address, and that this server may send to others: a user and a password may be missing in EMAIL_SMTP_URL.",
    );
  }
  return wrong(
    `${name} refuses the sender: ${detail}`,
    `Let it send for the domain of EMAIL_FROM (${from}) and, if it is set, of EMAIL_REPLY_DOMAIN, or change these.`,
  );
}

/** What keeps every mail from being sent. */
function checkServer({ code, detail }: Failure, server: SmtpServer): Finding {
  const name = nameOf(server);
  switch (code) {
    case "CREDENTIALS_INVALID":
      return wrong(
        `${name} does not let Afterchat in: ${detail}`,
        server.credentials === null
          ? "It wants a login: write smtp[s]://user:password@host:port into EMAIL_SMTP_URL."
          : "Check user, password and encryption in EMAIL_SMTP_URL: smtps:// for TLS from the start (465), smtp:// for STARTTLS (587); the certificate must be valid for the host.",
      );
    case "RATE_LIMITED":
      return wrong(`${name} asks to come later: ${detail}`, "Wait some minutes and run this again.");
    default:
      return wrong(
        `${name} cannot be reached: ${detail}`,
        "Check host, port and encryption in EMAIL_SMTP_URL (465 with smtps://, 587 with smtp://), and that this machine may connect there.",
      );
  }
}
