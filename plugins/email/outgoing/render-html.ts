import { Eta } from "eta";
import { MAIL, MESSAGE } from "../template/compiled.js";
import type { MailContent, MailMessage } from "../template/template-contract.js";

const eta = new Eta({ autoEscape: true });
const render = {
  mail: eta.compile(MAIL),
  message: eta.compile(MESSAGE),
};

/** The mail as HTML: the same words as `textBody`. */
export function htmlBody(content: MailContent): string {
  const messages = content.messages.map((message) => htmlOfMessage(message, content.direction));
  return render.mail.call(eta, { content, messages, start: startOf(content.direction) });
}

/** One message alone, to learn its size. */
export function htmlOfMessage(message: MailMessage, direction: MailContent["direction"]): string {
  return render.message.call(eta, { ...message, start: startOf(direction) });
}

/** Mail programs know sides, not where a line starts. */
function startOf(direction: MailContent["direction"]): "left" | "right" {
  return direction === "rtl" ? "right" : "left";
}
