const longest = 400;

/** A text as people may read it: one line, without secrets, which Meta repeats at times. */
export function redact(text: string, secrets: readonly string[]): string {
  const hidden = secrets.reduce((shown, secret) => (secret === "" ? shown : shown.replaceAll(secret, "•••")), text);
  const line = hidden.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
