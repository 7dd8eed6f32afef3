import type { ChannelHealth, DeliveryResult, Failure } from "afterchat/channel";
import type { SmtpServer } from "../settings.js";
import { type Finding, fail, pass } from "./finding.js";

/** The server in sentences; without user and password. */
function nameOf({ host, port }: Pick<SmtpServer, "host" | "port">): string {
  return `${host}:${port}`;
}

/** Evaluates a login without sending. */
export function checkLogin(health: ChannelHealth, server: SmtpServer): Finding {
  if (!health.ok) return checkServer(health.failure, server);
  const how = server.credentials === null ? "accepts mail without a login" : "accepts user and password";
  return pass(`${nameOf(server)} can be reached and ${how}.`);
}

/** Evaluates the result of sending a check email. */
export function checkSending(
  result: DeliveryResult,
  { to, from, server }: { readonly to: string; readonly from: string; readonly server: SmtpServer },
): Finding {
  const name = nameOf(server);
  switch (result.outcome) {
    case "accepted":
      return pass(`${name} accepted the email to ${to}.`);
    case "uncertain":
      return fail(
        `${name} did not confirm whether it accepted the email to ${to}: ${result.failure.detail}`,
        "Check the server's log, and run this again.",
      );
    case "retry":
      return checkServer(result.failure, server);
    case "rejected":
      return checkRefusal(result.failure, { to, from, name });
  }
}

function checkRefusal({ code, bounce, detail }: Failure, mail: { to: string; from: string; name: string }): Finding {
  const { to, from, name } = mail;
  if (code === "CONTENT_REJECTED") {
    return fail(
      `${name} refuses the content of the email: ${detail}`,
      "Its reply says why: usually a size limit or a spam filter.",
    );
  }
  if (bounce !== undefined) {
    return fail(
      `${name} refuses the recipient ${to}: ${detail}`,
      "Check the address, and whether this server may send to other domains: user and password may be missing in EMAIL_SMTP_URL.",
    );
  }
  return fail(
    `${name} refuses the sender: ${detail}`,
    `Allow the domain of EMAIL_FROM (${from}) there and, if it is set, of EMAIL_REPLY_DOMAIN, or change these settings.`,
  );
}

/** For failures that affect all emails. */
function checkServer({ code, detail }: Failure, server: SmtpServer): Finding {
  const name = nameOf(server);
  switch (code) {
    case "CREDENTIALS_INVALID":
      return fail(
        `${name} refuses the login: ${detail}`,
        server.credentials === null
          ? "It requires a login: set EMAIL_SMTP_URL to smtp[s]://user:password@host:port."
          : "Check user, password and encryption in EMAIL_SMTP_URL: smtps:// for TLS from the start (465), smtp:// for STARTTLS (587); the certificate must be valid for the host.",
      );
    case "RATE_LIMITED":
      return fail(`${name} asks to try again later: ${detail}`, "Wait some minutes and run this again.");
    default:
      return fail(
        `${name} cannot be reached: ${detail}`,
        "Check host, port and encryption in EMAIL_SMTP_URL (465 with smtps://, 587 with smtp://), and that this machine may connect there.",
      );
  }
}
