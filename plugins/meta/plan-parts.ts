import type { OutboundAttachment, OutboundMessage } from "afterchat/channel";
import type { FileKind, Flavour } from "./flavour.js";
import type { Progress } from "./progress.js";
import { findPartEnd } from "./split-text.js";

/** What one request carries. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly message: number; readonly end: number }
  | { readonly kind: "file"; readonly file: OutboundAttachment; readonly as: FileKind }
  | { readonly kind: "link"; readonly file: OutboundAttachment };

/** Pure: what is left to be sent of the replies, each text before its files. */
export function planParts(
  replies: readonly OutboundMessage[],
  { textLimit, fileLimits }: Pick<Flavour, "textLimit" | "fileLimits">,
  progress: Progress,
): Part[] {
  return replies.flatMap(({ text, attachments }, message) => {
    const parts: Part[] = [];
    const clean = cleanText(text);
    for (let start = progress.textEnds[message] ?? 0; start < clean.length; ) {
      const end = findPartEnd(clean, start, textLimit);
      const part = clean.slice(start, end).trim();
      if (part !== "") parts.push({ kind: "text", text: part, message, end });
      start = end;
    }
    for (const file of attachments) {
      if (progress.fileIds.includes(file.id)) continue;
      const fits = fileLimits.find(
        ({ contentTypes, mostBytes }) => contentTypes.test(file.contentType) && file.sizeBytes <= mostBytes,
      );
      parts.push(fits === undefined ? { kind: "link", file } : { kind: "file", file, as: fits.kind });
    }
    return parts;
  });
}

/** Pure: the progress once Meta has taken this part under this id. */
export function advance(progress: Progress, part: Part, messageId: string): Progress {
  const messageIds = [...progress.messageIds, messageId];
  if (part.kind !== "text") return { ...progress, messageIds, fileIds: [...progress.fileIds, part.file.id] };
  const textEnds = Array.from({ length: Math.max(progress.textEnds.length, part.message + 1) }, (_, message) =>
    message === part.message ? part.end : (progress.textEnds[message] ?? 0),
  );
  return { ...progress, messageIds, textEnds };
}

/** Nothing that breaks JSON, and no controls but those that shape a text. */
function cleanText(text: string): string {
  return text.toWellFormed().replaceAll(/[^\P{Cc}\t\n]/gu, "");
}
