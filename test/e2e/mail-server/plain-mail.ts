const lost =
  /^(return-path|delivered-to|x-original-to|received|auto-submitted|x-auto-response-suppress|precedence|feedback-id|list-[\w-]+):/i;

/** A mail before it was delivered, without all that tells that a program wrote it, as some gateways leave it. */
export function plainMail(raw: string): string {
  const end = raw.indexOf("\r\n\r\n");
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/);
  return fields.filter((field) => !lost.test(field)).join("\r\n") + raw.slice(end);
}
