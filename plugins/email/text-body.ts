import type { MailContent } from "./content.js";
import { texts } from "./texts.js";

/** The mail as plain text. Messages are indented, so that a message cannot pass for the mail's own words. */
export function textBody(content: MailContent): string {
  const paragraphs = [content.greeting, content.introduction];
  if (content.earlierMessages > 0) paragraphs.push(texts.earlierMessages(content.earlierMessages));
  if (content.moreReplies > 0) paragraphs.push(texts.moreReplies(content.moreReplies));
  for (const message of content.messages) {
    const files = message.files.map(({ words, link }) => (link === null ? words : `${words}\n${link}`));
    const body = [message.text, message.note ?? "", ...files].filter((lines) => lines !== "").join("\n");
    paragraphs.push(`${message.heading}\n${body.replace(/^/gm, "  ")}`);
  }
  paragraphs.push(`${texts.continueConversation}\n${content.link}`, content.footer);
  return `${paragraphs.join("\n\n")}\n`;
}
