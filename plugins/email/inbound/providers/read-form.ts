import { parse } from "node:querystring";

/** Far more than any provider posts. */
const mostFields = 1_000;

/**
 * A form's fields as the bytes that were posted, the first of each name; null when the body is no form. Mails may be in
 * any charset, and their signatures are over bytes: whoever decodes them as UTF-8, as `Request.formData` does, spoils both.
 */
export async function readForm(contentType: string, body: Buffer): Promise<ReadonlyMap<string, Buffer> | null> {
  const fields = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)
    ? urlencodedFields(body)
    : await multipartFields(contentType, body);
  if (fields === null) return null;
  const first = new Map<string, Buffer>();
  for (const [name, value] of fields) if (!first.has(name)) first.set(name, Buffer.from(value, "latin1"));
  return first;
}

/** In Latin-1 every byte is one character: what is read here are bytes still. */
function urlencodedFields(body: Buffer): [string, string][] {
  const bytesOf = (text: string) =>
    text.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const fields = parse(body.toString("latin1"), "&", "=", { maxKeys: mostFields, decodeURIComponent: bytesOf });
  return Object.entries(fields).map(([name, value]) => [name, [value].flat()[0] ?? ""]);
}

/** Each byte becomes one character before the parser sees it, so that its UTF-8 holds every byte; the caller takes it back. */
async function multipartFields(contentType: string, body: Buffer): Promise<[string, string][] | null> {
  try {
    const form = await new Response(body.toString("latin1"), { headers: { "content-type": contentType } }).formData();
    const fields: [string, string][] = [];
    for (const [name, value] of form) fields.push([name, typeof value === "string" ? value : await value.text()]);
    return fields;
  } catch {
    // Of another type, or damaged: the caller refuses it.
    return null;
  }
}
