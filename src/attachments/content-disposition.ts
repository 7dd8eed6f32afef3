import { create } from "content-disposition";
import { normalizeText } from "../normalize-text.js";

/**
 * The header that makes a browser save a download under this name (RFC 6266): an ASCII approximation for old clients
 * and, where that is not the name itself, the name in UTF-8 (RFC 8187).
 */
export function contentDisposition(name: string): string {
  // The library's own fallback has a question mark for each accent, which no file's name may hold.
  const fallback = normalizeText(name, "NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "_")
    // A percent sign could be mistaken for an encoding, and a quotation mark or backslash would have to be escaped. Full-width
    // letters may have become characters that no file name may hold.
    .replace(/["\\%/<>:|?*]/g, "_");
  // A name of accents alone has nothing left.
  return create(name, { fallback: fallback || "file" });
}
