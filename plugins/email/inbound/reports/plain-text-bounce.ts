import { MailHeaders } from "../mail-headers.js";
import type { InboundMail } from "../parse-mail.js";
import { referencesOf } from "./references.js";
import type { Report } from "./report.js";

/** Longer reports are truncated: the rest is the returned email. */
const maxReportLength = 10_000;
const maxHtmlLength = 200_000;

const failedSubject =
  /undeliver|delivery status notification \(failure\)|failure notice|delivery (?:has )?failed|delivery failure|returned mail|returned to sender|mail delivery (?:system|failed)|message not delivered|nicht zustellbar|unzustellbar|non (?:remis|distribu|recapit)|no se (?:ha )?pu(?:do|ede) entregar|недоставлен|не доставлено|无法投递|退信|배달 실패|配信不能|배달되지/i;
const delayed =
  /\bdelay(?:ed)?\b|will (?:continue|keep) (?:to try|trying)|still (?:being )?(?:trying|retried)|not yet been delivered|do not need to resend|no action is required|this is a warning message only|temporary (?:failure|problem)|verz(?:ö|oe)ger/i;

/** Where the text continues with a copy of the returned email or of its header. */
const copyStart =
  /^[-\t ]{0,80}(?:below this line is a copy|this is a copy of (?:the|your)|(?:the )?(?:header|text|content)s? of (?:the|your) (?:original )?(?:message|mail)|original message|undelivered (?:message|mail)|the following is a copy|returned message|message header follow)|^[-\t ]{0,80}(?:return-path|received):\s/im;

/**
 * Parses a bounce that is not machine-readable, as written by Exim, qmail and many appliances. Call it only for emails
 * from mail servers; null if nothing says that an email could not be delivered.
 */
export function parsePlainTextBounce(mail: InboundMail, returned: readonly MailHeaders[]): Report | null {
  const body = mail.body.text ?? mail.body.html?.slice(0, maxHtmlLength).replace(/<[^<>]{0,2000}>/g, " ") ?? "";
  const copyAt = body.slice(0, maxReportLength).search(copyStart);
  const text = (copyAt === -1 ? body : body.slice(0, copyAt)).slice(0, maxReportLength);
  const references = referencesOf([mail.headers, ...returned, ...copiedHeaders(body, copyAt)]);
  const subject = mail.subject ?? "";
  const status = parseStatus(text);
  const hasFailed = mail.headers.has("x-failed-recipients") || failedSubject.test(subject) || status.startsWith("5");
  if (delayed.test(subject) || (delayed.test(text) && !status.startsWith("5"))) {
    return { outcome: "no-change", detail: "It reports: delayed.", references };
  }
  return hasFailed ? { outcome: "failed", status, text: text.trim(), references } : null;
}

/** The status in "550 5.1.1" or "#5.1.1", or the class of a bare "550"; `""` if there is none. */
export function parseStatus(text: string): string {
  const enhanced = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(text)?.[0];
  if (enhanced !== undefined) return enhanced;
  const reply = /(?<![\d.:])([45])[0-5]\d(?=[ -][^\d\n])/.exec(text)?.[1];
  return reply === undefined ? "" : `${reply}.0.0`;
}

/** The Message-ID in the copy of the returned email. */
function copiedHeaders(body: string, copyAt: number): readonly MailHeaders[] {
  if (copyAt === -1) return [];
  const lines = body.slice(copyAt, copyAt + 50_000).split("\n");
  const found = lines.filter((line) => /^[>\s]{0,4}message-id:/i.test(line)).map((line) => line.replace(/^[>\s]+/, ""));
  return found.length === 0 ? [] : [MailHeaders.read(Buffer.from(found.join("\n")))];
}
