import { Eta } from "eta";
import { MAIL, MESSAGE } from "../template/compiled.js";
import type { MailContent, MailMessage } from "../template/template-contract.js";

const eta = new Eta({ autoEscape: true });
const render = {
  mail: eta.compile(MAIL),
  message: eta.compile(MESSAGE),
};

/** The email as HTML, with the same text as `renderText`. */
export function renderHtml(content: MailContent): string {
  const messages = content.messages.map((message) => renderMessageHtml(message, content.direction));
  return render.mail.call(eta, { content, messages, start: startOf(content.direction) });
}

/** A single message, to measure its size. */
export function renderMessageHtml(message: MailMessage, direction: MailContent["direction"]): string {
  return render.message.call(eta, { ...message, start: startOf(direction) });
}

/** Email clients support left and right, but not "start". */
function startOf(direction: MailContent["direction"]): "left" | "right" {
  return direction === "rtl" ? "right" : "left";
}
