/** Far more than any provider posts. */
const maxFields = 1_000;

/**
 * A form's fields as the posted bytes, the first of each name; null if the body is not a form. Emails may have any
 * charset, and signatures cover bytes: decoding as UTF-8, as `Request.formData` does, would corrupt both.
 */
export async function readForm(contentType: string, body: Buffer): Promise<ReadonlyMap<string, Buffer> | null> {
  const fields = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)
    ? urlencodedFields(body)
    : await multipartFields(contentType, body);
  if (fields === null) return null;
  const first = new Map<string, Buffer>();
  for (const [name, value] of fields) {
    if (!first.has(name)) first.set(name, value);
    if (first.size === maxFields) break;
  }
  return first;
}

/** https://url.spec.whatwg.org/#urlencoded-parsing; libraries end it with decoding UTF-8. */
function* urlencodedFields(body: Buffer): Generator<[string, Buffer]> {
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf("&", start);
    const field = body.subarray(start, found === -1 ? body.length : found);
    start += field.length + 1;
    if (field.length === 0) continue;
    const equals = field.indexOf("=");
    const name = equals === -1 ? field : field.subarray(0, equals);
    yield [decode(name).toString(), decode(equals === -1 ? Buffer.alloc(0) : field.subarray(equals + 1))];
  }
}

const [plus, space, percent] = [0x2b, 0x20, 0x25];
/** By character code; -1: not a digit. */
const hexDigits = new Int8Array(256).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries())
  for (const letter of [digit, digit.toUpperCase()]) hexDigits[letter.charCodeAt(0)] = value;

function decode(encoded: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at++) {
    let byte = encoded[at] ?? 0;
    if (byte === plus) byte = space;
    else if (byte === percent) {
      const [high, low] = [hexDigits[encoded[at + 1] ?? 0] ?? -1, hexDigits[encoded[at + 2] ?? 0] ?? -1];
      // A percent sign without two digits is literal.
      if (high !== -1 && low !== -1) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    decoded[length++] = byte;
  }
  return decoded.subarray(0, length);
}

/** Each byte becomes one character before the parser sees it, so that what it takes for UTF-8 holds every byte. */
async function multipartFields(contentType: string, body: Buffer): Promise<[string, Buffer][] | null> {
  try {
    const form = await new Response(body.toString("latin1"), { headers: { "content-type": contentType } }).formData();
    const fields: [string, Buffer][] = [];
    for (const [name, value] of form)
      fields.push([name, Buffer.from(typeof value === "string" ? value : await value.text(), "latin1")]);
    return fields;
  } catch {
    // Of another type, or damaged: the caller refuses it.
    return null;
  }
}
