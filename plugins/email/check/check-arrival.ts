import type { InboundEnvelope } from "../inbound/envelope.js";
import type { EmailConfig } from "../settings.js";
import type { Purpose } from "./compose-check-mail.js";
import { type Finding, fail, note, pass, warn } from "./finding.js";
import type { Meaning } from "./interpret-check-mail.js";
import { nameSources } from "./name-sources.js";

/** A check email that was sent, and for which something is expected to arrive. */
export interface SentCheckMail {
  readonly id: string;
  readonly purpose: Purpose;
  readonly to: string;
}

export interface Arrival {
  readonly meaning: Meaning;
  readonly via: InboundEnvelope["via"];
  readonly afterSeconds: number;
}

const sourceNames: Readonly<Record<Arrival["via"], string>> = {
  ...{ smtp: "SMTP", lmtp: "LMTP", imap: "IMAP", webhook: "the webhook" },
  ...{ mailgun: "Mailgun", postmark: "Postmark", sendgrid: "SendGrid", mailbox: "the dev mailbox" },
};
const maxQuoteLength = 60;

/** Whether nothing more is expected for a check email after this. */
export function isFinal({ purpose }: SentCheckMail, { type }: Meaning): boolean {
  return type === "bounced" || type === (purpose === "loop" ? "came-back" : "answered");
}

/** Evaluates something that arrived for a check email. */
export function checkArrival(sent: SentCheckMail, { meaning, via, afterSeconds }: Arrival): readonly Finding[] {
  const how = `through ${sourceNames[via]} after ${afterSeconds} s`;
  switch (meaning.type) {
    case "came-back":
      return [
        pass(`The email to ${sent.to} came back ${how}: answers can be received.`),
        checkAuthentication(meaning.sender),
      ];
    case "answered":
      return [checkText(meaning.text, how), checkSender(sent, meaning.sender)];
    case "bounced":
      return [checkBounce(sent, meaning.detail, how)];
    case "dropped": {
      const text = `An email arrived ${how}, but would be ignored (${meaning.reason}): ${meaning.detail}`;
      return [sent.purpose === "loop" ? note(text) : warn(text, droppedAdvice[meaning.reason])];
    }
  }
}

const droppedAdvice: Readonly<Record<string, string>> = {
  AUTO_REPLY: "If a person wrote it, find out what marks it as automatic. The check is still waiting for an answer.",
  LIST_MAIL: "Answer from a personal mailbox, not from a mailing list. The check is still waiting for an answer.",
};

function checkBounce({ purpose, to }: SentCheckMail, detail: string, how: string): Finding {
  const text = `The email to ${to} came back ${how} as undeliverable: ${detail}`;
  if (purpose === "answer") return fail(text, "Check the address. The message is from the server that gave up.");
  return fail(text, "Answers would bounce as well: the server named there rejects Afterchat's own addresses.");
}

function checkText(text: string, how: string): Finding {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return warn(`An answer arrived ${how} without any new text.`, "Answer above the quoted email.");
  const quote = line.length > maxQuoteLength ? `${line.slice(0, maxQuoteLength)}…` : line;
  return pass(`An answer arrived ${how}, with the text “${quote}”`);
}

function checkSender(
  { to }: SentCheckMail,
  sender: { address: string; authenticated: boolean; detail?: string },
): Finding {
  if (sender.address.toLowerCase() !== to.toLowerCase()) {
    return warn(
      `It was sent by ${sender.address || "an unknown sender"}, not by ${to}: agents would see it as unverified.`,
      "Answer from the address that the email was sent to.",
    );
  }
  if (sender.authenticated) return pass(`Its sender is verified. ${sender.detail ?? ""}`);
  return warn(
    `Its sender could not be verified, and agents would see that: ${sender.detail ?? "there is no authentication result."}`,
    "SPF is only checked if other servers connect to EMAIL_SMTP_LISTEN directly. Behind a mail server that checks senders, set EMAIL_AUTHSERV_ID to the name that it writes first in Authentication-Results.",
  );
}

/** Whether receivers can authenticate Afterchat's own email. Within the operator's network there is often no result. */
function checkAuthentication({ authenticated, detail = "" }: { authenticated: boolean; detail?: string }): Finding {
  if (authenticated) return pass(`Receivers can verify that it is yours. ${detail}`);
  const text = `Receivers cannot verify that it is yours: ${detail}`;
  return /\b(?:dkim|dmarc)=(?:fail|permerror|policy|neutral)/.test(detail)
    ? warn(text, "Receivers may treat your emails as forged: correct the DNS records as shown above.")
    : note(
        text,
        "External receivers may get a different result: within your own network SPF does not apply, and many servers only sign outgoing emails.",
      );
}

/** Explains that nothing arrived. */
export function describeMissing(
  { purpose, to }: SentCheckMail,
  {
    config,
    waitedSeconds,
    answered,
  }: { readonly config: EmailConfig; readonly waitedSeconds: number; readonly answered: boolean },
): Finding {
  if (purpose === "answer") {
    return fail(
      `No answer to the email to ${to} arrived within ${waitedSeconds} s.`,
      "Check whether the email arrived there, perhaps in the spam folder, and answer it, or run this again with a longer --wait.",
    );
  }
  const text = `The email to ${to} did not come back within ${waitedSeconds} s.`;
  // Some providers do not deliver a mailbox's own emails to it.
  if (answered) return note(text, "An external answer did arrive, so nothing is wrong.");
  return fail(text, config.replyDomain === null ? plusAddressAdvice(config) : domainAdvice(config, config.replyDomain));
}

function plusAddressAdvice(config: EmailConfig): string {
  return [
    `Your mail server must accept plus addresses of ${config.from} (recipient_delimiter = + in Postfix)`,
    `and deliver them to ${listSources(config)}; its log says what it did instead.`,
    "If plus addresses are not available, set EMAIL_REPLY_DOMAIN.",
  ].join(" ");
}

function domainAdvice(config: EmailConfig, domain: string): string {
  return `Mail for every address of ${domain} must be delivered to ${listSources(config)}: check its MX record or your server's transport map, and the server's log.`;
}

function listSources({ inbound }: EmailConfig): string {
  return nameSources(inbound).join(" or ") || "an inbound source, but these settings configure none";
}
