import type { InboundEnvelope } from "../inbound/envelope.js";
import type { EmailConfig } from "../settings.js";
import type { Purpose } from "./compose-check-mail.js";
import { doubt, type Finding, fine, note, wrong } from "./finding.js";
import type { Meaning } from "./interpret-check-mail.js";
import { openSources } from "./name-sources.js";

/** A mail of the check that something is to come back for. */
export interface Awaited {
  readonly id: string;
  readonly purpose: Purpose;
  readonly to: string;
}

export interface Arrival {
  readonly meaning: Meaning;
  readonly via: InboundEnvelope["via"];
  readonly afterSeconds: number;
}

const ways: Readonly<Record<Arrival["via"], string>> = {
  ...{ smtp: "SMTP", lmtp: "LMTP", imap: "IMAP", webhook: "the webhook" },
  ...{ mailgun: "Mailgun", postmark: "Postmark", sendgrid: "SendGrid" },
};
const maxQuote = 60;

/** Whether nothing more is awaited after this. */
export function isLast({ purpose }: Awaited, { type }: Meaning): boolean {
  return type === "bounced" || type === (purpose === "loop" ? "came-back" : "answered");
}

/** Pure: what the operator is told of something that came. */
export function checkArrival(awaited: Awaited, { meaning, via, afterSeconds }: Arrival): readonly Finding[] {
  const how = `by ${ways[via]} after ${afterSeconds} s`;
  switch (meaning.type) {
    case "came-back":
      return [fine(`The mail to ${awaited.to} came back ${how}: answers find their way.`), checkProof(meaning.sender)];
    case "answered":
      return [checkText(meaning.text, how), verifySender(awaited, meaning.sender)];
    case "bounced":
      return [classifyBounce(awaited, meaning.detail, how)];
    case "dropped": {
      const text = `A mail came ${how} that would become nothing (${meaning.reason}): ${meaning.detail}`;
      return [awaited.purpose === "loop" ? note(text) : doubt(text, droppedAdvice[meaning.reason])];
    }
  }
}

const droppedAdvice: Readonly<Record<string, string>> = {
  AUTO_REPLY: "If a person wrote it, see what marks it as automatic. The check goes on waiting for an answer.",
  LIST_MAIL: "Answer from a mailbox of a person, not of a list. The check goes on waiting.",
};

function classifyBounce({ purpose, to }: Awaited, detail: string, how: string): Finding {
  const text = `The mail to ${to} came back ${how} as undeliverable: ${detail}`;
  if (purpose === "answer") return wrong(text, "Check the address; the words are those of the server that gave up.");
  return wrong(
    text,
    "Answers would come back like this: the server named there does not take Afterchat's own addresses.",
  );
}

function checkText(text: string, how: string): Finding {
  const words = text.replace(/\s+/g, " ").trim();
  if (words === "") return doubt(`An answer came ${how}, without a word of its own.`, "Answer above the quoted mail.");
  const quote = words.length > maxQuote ? `${words.slice(0, maxQuote)}…` : words;
  return fine(`An answer came ${how}, and was understood as: “${quote}”`);
}

function verifySender({ to }: Awaited, sender: { address: string; authenticated: boolean; detail?: string }): Finding {
  if (sender.address.toLowerCase() !== to.toLowerCase()) {
    return doubt(
      `It was sent by ${sender.address || "nobody that it names"}, not by ${to}: agents would see it as unverified.`,
      "Answer from the address that was written to.",
    );
  }
  if (sender.authenticated) return fine(`Its sender is verified. ${sender.detail ?? ""}`);
  return doubt(
    `Its sender could not be verified, as agents would see: ${sender.detail ?? "nothing proves it."}`,
    "SPF is judged only where other servers connect to EMAIL_SMTP_LISTEN themselves. Behind a server of yours that checks senders, set EMAIL_AUTHSERV_ID to the name that it puts first in Authentication-Results.",
  );
}

/** Of our own mail: what a receiver can tell of it. Within one's own network there is often nothing to tell by. */
function checkProof({ authenticated, detail = "" }: { authenticated: boolean; detail?: string }): Finding {
  if (authenticated) return fine(`A receiver can verify that it is yours. ${detail}`);
  const text = `It came back without proof that it is yours: ${detail}`;
  return /\b(?:dkim|dmarc)=(?:fail|permerror|policy|neutral)/.test(detail)
    ? doubt(text, "Receivers may treat your mails as forged: mend what DNS has, as shown above.")
    : note(
        text,
        "Other receivers may see more: within your own network SPF says nothing, and many servers sign only what leaves it.",
      );
}

/** Pure: what it means that nothing came. */
export function describeMissing(
  { purpose, to }: Awaited,
  {
    config,
    waitedSeconds,
    answered,
  }: { readonly config: EmailConfig; readonly waitedSeconds: number; readonly answered: boolean },
): Finding {
  if (purpose === "answer") {
    return wrong(
      `No answer to the mail to ${to} came within ${waitedSeconds} s.`,
      "Has it arrived there, or in the spam folder? Answer it, or run this again with a longer --wait.",
    );
  }
  const text = `The mail to ${to} did not come back within ${waitedSeconds} s.`;
  // Some providers hide from a mailbox what it sent itself.
  if (answered) return note(text, "An answer from outside did come, so nothing is wrong.");
  return wrong(text, config.replyDomain === null ? plusAdvice(config) : domainAdvice(config, config.replyDomain));
}

function plusAdvice(config: EmailConfig): string {
  return [
    `Your mail server must take plus addresses of ${config.from} (recipient_delimiter = + in Postfix)`,
    `and bring them to ${nameWays(config)}, and its log says what it did instead.`,
    "Where there are no plus addresses, set EMAIL_REPLY_DOMAIN.",
  ].join(" ");
}

function domainAdvice(config: EmailConfig, domain: string): string {
  return `Mail for every address of ${domain} must be brought to ${nameWays(config)}: see its MX record, or the transport map of your server, and the server's log.`;
}

function nameWays({ inbound }: EmailConfig): string {
  return openSources(inbound).join(" or ") || "a way in, which these settings do not open";
}
