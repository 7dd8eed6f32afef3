import type { MailContent, MailMessage } from "../template/template-contract.js";

/** The mail as plain text. */
export function textBody(content: MailContent): string {
  const paragraphs = [content.greeting, content.introduction, ...content.notices];
  if (content.marker !== null) paragraphs.unshift(content.marker);
  paragraphs.push(...content.messages.map(textOfMessage));
  paragraphs.push(`${content.button.words}\n${content.button.link}`, content.howToAnswer, content.footer);
  paragraphs.push(`${content.optOut.words}\n${content.optOut.link}`);
  return `${paragraphs.join("\n\n")}\n`;
}

/** Every message as plain text, for a file of its own. */
export function transcriptBody(content: Pick<MailContent, "subject" | "messages">): string {
  return `${[content.subject, ...content.messages.map(textOfMessage)].join("\n\n")}\n`;
}

/** Indented, so that a message cannot pass for the mail's own words. */
function textOfMessage(message: MailMessage): string {
  const files = message.files.map(({ words, link }) => (link === null ? words : `${words}\n${link}`));
  const body = [message.text, message.note ?? "", ...files].filter((lines) => lines !== "").join("\n");
  return `${message.heading} · ${message.moment}\n${body.replace(/^/gm, "  ")}`;
}
