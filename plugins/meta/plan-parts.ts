import { type OutboundAttachment, type OutboundMessage, splitText } from "afterchat/channel";
import type { FileKind, Platform } from "./platform.js";

/** The content of one request; `key` is that of `sendParts`. */
export type Part =
  | { readonly key: string; readonly kind: "text"; readonly text: string }
  | { readonly key: string; readonly kind: "file"; readonly file: OutboundAttachment; readonly as: FileKind }
  | { readonly key: string; readonly kind: "link"; readonly file: OutboundAttachment };

/** Pure: splits replies into parts, each text before its files. */
export function planParts(
  replies: readonly Pick<OutboundMessage, "text" | "attachments">[],
  { textLimit, fileLimits }: Pick<Platform, "textLimit" | "fileLimits">,
): readonly Part[] {
  return replies.flatMap(({ text, attachments }): Part[] => [
    ...splitText(cleanText(text), textLimit.maxSize, textLimit.unit).map(
      (part) => ({ key: part, kind: "text", text: part }) as const,
    ),
    ...attachments.map((file): Part => {
      const fits = fileLimits.find(
        ({ contentTypes, maxBytes }) => contentTypes.test(file.contentType) && file.sizeBytes <= maxBytes,
      );
      return fits === undefined
        ? { key: file.id, kind: "link", file }
        : { key: file.id, kind: "file", file, as: fits.kind };
    }),
  ]);
}

/** Removes lone surrogates, and control characters other than tabs and line breaks. */
function cleanText(text: string): string {
  return text.toWellFormed().replaceAll(/[^\P{Cc}\t\n]/gu, "");
}
