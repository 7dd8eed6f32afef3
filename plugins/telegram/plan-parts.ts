import { type Outbound, type OutboundAttachment, type Part, splitText } from "afterchat/channel";

/** https://core.telegram.org/bots/api#sendmessage */
export const maxTextLength = 4_096;
const megabyte = 1_048_576;

/** One request. `fallback` is sent if Telegram does not accept the file. */
export type TelegramPart = Part &
  (
    | { readonly method: "sendMessage"; readonly text: string }
    | { readonly method: "sendPhoto" | "sendDocument"; readonly url: string; readonly fallback: string }
  );

/** Texts, files that Telegram fetches by URL, and links to the other files. */
export function planParts(outbound: Pick<Outbound, "messages">): readonly TelegramPart[] {
  return outbound.messages
    .filter(({ role }) => role === "pending")
    .flatMap(({ text, attachments }) => [
      ...splitText(removeControls(text), maxTextLength).map(textPart),
      ...attachments.map(filePart),
    ]);
}

function textPart(text: string): TelegramPart {
  return { key: text, method: "sendMessage", text };
}

/** By URL, Telegram accepts photos up to 5 MB, and GIF, PDF and ZIP documents up to 20 MB (#sending-files). */
function filePart({ id, name, contentType, sizeBytes, url }: OutboundAttachment): TelegramPart {
  const link = `${name}\n${url}`;
  const photo = ["image/jpeg", "image/png"].includes(contentType) && sizeBytes <= 5 * megabyte;
  const file = ["image/gif", "application/pdf", "application/zip"].includes(contentType) && sizeBytes <= 20 * megabyte;
  if (photo) return { key: id, method: "sendPhoto", url, fallback: link };
  if (file) return { key: id, method: "sendDocument", url, fallback: link };
  return { key: id, method: "sendMessage", text: link };
}

function removeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Telegram rejects these characters.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "");
}
