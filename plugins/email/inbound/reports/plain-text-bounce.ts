import { MailHeaders } from "../mail-headers.js";
import type { InboundMail } from "../parse-mail.js";
import type { Report } from "./parse-report.js";

/** Words of a report are read this far; what follows is the mail that it is about. */
const maxReport = 10_000;
const maxHtml = 200_000;

const failedSubject =
  /undeliver|delivery status notification \(failure\)|failure notice|delivery (?:has )?failed|delivery failure|returned mail|returned to sender|mail delivery (?:system|failed)|message not delivered|nicht zustellbar|unzustellbar|non (?:remis|distribu|recapit)|no se (?:ha )?pu(?:do|ede) entregar|недоставлен|не доставлено|无法投递|退信|배달 실패|配信不能|배달되지/i;
const delayed =
  /\bdelay(?:ed)?\b|will (?:continue|keep) (?:to try|trying)|still (?:being )?(?:trying|retried)|not yet been delivered|do not need to resend|no action is required|this is a warning message only|temporary (?:failure|problem)|verz(?:ö|oe)ger/i;

/** Where a server copies the mail that came back, or its header, into the text. */
const copyBegins =
  /^[-\t ]{0,80}(?:below this line is a copy|this is a copy of (?:the|your)|(?:the )?(?:header|text|content)s? of (?:the|your) (?:original )?(?:message|mail)|original message|undelivered (?:message|mail)|the following is a copy|returned message|message header follow)|^[-\t ]{0,80}(?:return-path|received):\s/im;

/**
 * A bounce that its server wrote for people only: Exim, qmail and many appliances. Only from what is a server by other
 * signs; null when nothing in it says that a mail could not be delivered.
 */
export function readPlainTextBounce(mail: InboundMail, attached: readonly MailHeaders[]): Report | null {
  const text = mail.body.text ?? mail.body.html?.slice(0, maxHtml).replace(/<[^<>]{0,2000}>/g, " ") ?? "";
  const copyAt = text.slice(0, maxReport).search(copyBegins);
  const words = (copyAt === -1 ? text : text.slice(0, copyAt)).slice(0, maxReport);
  const about = [mail.headers, ...attached, ...copiedHeaders(text, copyAt)];
  const subject = mail.subject ?? "";
  const status = statusIn(words);
  const hasFailed = mail.headers.has("x-failed-recipients") || failedSubject.test(subject) || status.startsWith("5");
  if (delayed.test(subject) || (delayed.test(words) && !status.startsWith("5"))) {
    return { fate: "nothing-new", detail: "It reports: delayed.", about };
  }
  return hasFailed ? { fate: "failed", status, words: words.trim(), about } : null;
}

/** "550 5.1.1", "#5.1.1", or the class of a bare "550". */
export function statusIn(words: string): string {
  const enhanced = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(words)?.[0];
  if (enhanced !== undefined) return enhanced;
  const reply = /(?<![\d.:])([45])[0-5]\d(?=[ -][^\d\n])/.exec(words)?.[1];
  return reply === undefined ? "" : `${reply}.0.0`;
}

/** Its Message-ID is all that is needed of the copy. */
function copiedHeaders(text: string, copyAt: number): readonly MailHeaders[] {
  if (copyAt === -1) return [];
  const lines = text.slice(copyAt, copyAt + 50_000).split("\n");
  const found = lines.filter((line) => /^[>\s]{0,4}message-id:/i.test(line)).map((line) => line.replace(/^[>\s]+/, ""));
  return found.length === 0 ? [] : [MailHeaders.read(Buffer.from(found.join("\n")))];
}
