const maxLength = 400;

/** Makes a text from Meta fit to be shown: one line, without the secrets that Meta sometimes repeats. */
export function redact(text: string, secrets: readonly string[]): string {
  const redacted = secrets.reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "•••")), text);
  const line = redacted.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}
