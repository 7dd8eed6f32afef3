/** Controls, separators, lone surrogates, and marks that reorder or hide letters: "invoice\u202Efdp.exe" reads as a PDF. */
const unreadable =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/gu;
/** What no file may be called on Windows, ":" also because it opens a second stream of an NTFS file. */
const reserved = /[<>:"|?*]/g;
/** Device names, with any extension (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i;
/** Of UTF-8, as file systems count; less than their 255, so that "name (1).pdf" fits too. */
const maxNameBytes = 200;
const maxExtensionBytes = 20;

/**
 * The name of an uploaded file as it can be shown, stored and saved anywhere: its last path segment, without controls,
 * path separators, leading or trailing dots and spaces; at most 200 bytes, its extension kept.
 */
export function attachmentName(given: string): string {
  const segments = given.toWellFormed().normalize("NFC").replace(unreadable, "").split(/[/\\]/);
  const last = (segments.findLast((segment) => withoutEdges(segment) !== "") ?? "").replace(reserved, "_");
  const name = withoutEdges(last.replace(/\s+/gu, " "));
  if (name === "") return "file";
  return shortened(device.test(name) ? `_${name}` : name);
}

/** In lower case, without the dot; empty when the name has none. */
export function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

// Leading dots hide a file; trailing ones Windows drops, and with them "setup.exe." would pass for something else.
function withoutEdges(name: string): string {
  return name.replace(/^[\s.]+|[\s.]+$/gu, "");
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= maxExtensionBytes;
  const extension = hasExtension ? name.slice(dot) : "";
  const stem = hasExtension ? name.slice(0, dot) : name;
  let kept = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(stem)) {
    if (Buffer.byteLength(kept + segment + extension) > maxNameBytes) break;
    kept += segment;
  }
  return `${kept.trimEnd() || "file"}${extension}`;
}
