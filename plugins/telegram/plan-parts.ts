import { type Outbound, type OutboundAttachment, type Part, splitText } from "afterchat/channel";

/** https://core.telegram.org/bots/api#sendmessage */
export const maxText = 4_096;
const megabyte = 1_048_576;

/** One request. `fallback`: what is sent when Telegram does not take the file. */
export type TelegramPart = Part &
  (
    | { readonly method: "sendMessage"; readonly text: string }
    | { readonly method: "sendPhoto" | "sendDocument"; readonly url: string; readonly fallback: string }
  );

/** Texts as they are, files that Telegram fetches by their URL, and links to the others. */
export function planParts(outbound: Pick<Outbound, "messages">): readonly TelegramPart[] {
  return outbound.messages
    .filter(({ role }) => role === "pending")
    .flatMap(({ text, attachments }) => [
      ...splitText(withoutControls(text), maxText).map(textPart),
      ...attachments.map(filePart),
    ]);
}

function textPart(text: string): TelegramPart {
  return { key: text, method: "sendMessage", text };
}

/** By URL Telegram takes photos up to 5 MB, and of documents GIF, PDF and ZIP up to 20 MB (#sending-files). */
function filePart({ id, name, contentType, sizeBytes, url }: OutboundAttachment): TelegramPart {
  const link = `${name}\n${url}`;
  const photo = ["image/jpeg", "image/png"].includes(contentType) && sizeBytes <= 5 * megabyte;
  const file = ["image/gif", "application/pdf", "application/zip"].includes(contentType) && sizeBytes <= 20 * megabyte;
  if (photo) return { key: id, method: "sendPhoto", url, fallback: link };
  if (file) return { key: id, method: "sendDocument", url, fallback: link };
  return { key: id, method: "sendMessage", text: link };
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Telegram refuses.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
}
