const removed =
  /^(return-path|delivered-to|x-original-to|received|auto-submitted|x-auto-response-suppress|precedence|feedback-id|list-[\w-]+):/i;

/** A mail without its trace headers and without the headers that mark it as automatic, as some gateways change it. */
export function plainMail(raw: string): string {
  const end = raw.indexOf("\r\n\r\n");
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/);
  return fields.filter((field) => !removed.test(field)).join("\r\n") + raw.slice(end);
}
