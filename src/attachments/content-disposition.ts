/**
 * The header that makes a browser save a download under this name (RFC 6266): an ASCII approximation for old clients
 * and, where that is not the name itself, the name in UTF-8 (RFC 8187).
 */
export function contentDisposition(name: string): string {
  const ascii = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]/gu, "_")
    // A percent sign could be mistaken for an encoding, and a quotation mark or backslash would have to be escaped.
    .replace(/["\\%]/g, "_");
  // A name that consists of accents only is empty by now.
  const plain = `attachment; filename="${ascii || "file"}"`;
  return ascii === name ? plain : `${plain}; filename*=UTF-8''${encodeExtended(name)}`;
}

/** Also encodes the characters that `encodeURIComponent` keeps but RFC 8187's attr-char excludes: ' ( ) * */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}
