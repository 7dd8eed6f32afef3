import type { MailContent, MailMessage } from "../template/template-contract.js";

/** The email as plain text. */
export function renderText(content: MailContent): string {
  const paragraphs = [content.greeting, content.introduction, ...content.notices];
  if (content.marker !== null) paragraphs.unshift(content.marker);
  paragraphs.push(...content.messages.map(renderMessage));
  paragraphs.push(`${content.button.text}\n${content.button.url}`, content.howToAnswer, content.footer);
  paragraphs.push(`${content.optOut.text}\n${content.optOut.url}`);
  return `${paragraphs.join("\n\n")}\n`;
}

/** All messages as plain text, for an attached file. */
export function renderTranscript(content: Pick<MailContent, "subject" | "messages">): string {
  return `${[content.subject, ...content.messages.map(renderMessage)].join("\n\n")}\n`;
}

/** Indented, so that a message cannot imitate the text of the email around it. */
function renderMessage(message: MailMessage): string {
  const files = message.files.map(({ text, url }) => (url === null ? text : `${text}\n${url}`));
  const body = [message.text, message.note ?? "", ...files].filter((lines) => lines !== "").join("\n");
  return `${message.heading} · ${message.time}\n${body.replace(/^/gm, "  ")}`;
}
