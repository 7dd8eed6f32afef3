import { normalizeText } from "../normalize-text.js";
import { trimDots } from "./trim-dots.js";

/** Control and bidirectional characters, line separators, lone surrogates: "invoice\u202Efdp.exe" is displayed as a PDF. */
const unsafe =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/gu;
/** Not allowed in file names on Windows; ":" would also open an alternate stream of an NTFS file. */
const reserved = /[<>:"|?*]/g;
/** Device names, with any extension (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i;
/** In UTF-8, as file systems count; below their limit of 255, so that "name (1).pdf" fits too. */
const maxNameBytes = 200;
const maxExtensionBytes = 20;
/** Of a longer one only the end is read: the last segment of the path, and the extension. */
const maxReceivedLength = 4_096;

/**
 * A file name that can be displayed and saved on every system: the last path segment, without control characters, path
 * separators, leading or trailing dots and spaces; at most 200 bytes, with its extension preserved.
 */
export function sanitizeFileName(received: string): string {
  const segments = normalizeText(received.slice(-maxReceivedLength).toWellFormed(), "NFC")
    .replace(unsafe, "")
    .split(/[/\\]/);
  const last = (segments.findLast((segment) => trimDots(segment) !== "") ?? "").replace(reserved, "_");
  const name = trimDots(last.replace(/\s+/gu, " "));
  if (name === "") return "file";
  return truncateName(device.test(name) ? `_${name}` : name);
}

function truncateName(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= maxExtensionBytes;
  const extension = hasExtension ? name.slice(dot) : "";
  const stem = hasExtension ? name.slice(0, dot) : name;
  let truncated = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(stem)) {
    if (Buffer.byteLength(truncated + segment + extension) > maxNameBytes) break;
    truncated += segment;
  }
  // The cut may leave "setup.exe." of a longer name.
  return `${trimDots(truncated) || "file"}${extension}`;
}
