import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { Busboy } from "@fastify/busboy";

/** Many more than any provider posts. */
const maxFields = 1_000;
const sliceBytes = 65_536;
/** Decoded at once, in some milliseconds: a form of 80 MB, which anybody can post, takes half a second. */
const decodedAtOnce = 1_048_576;

/**
 * The fields of a form as bytes, with the first value of each name; null if the body is not a form. Emails may have any
 * charset, and signatures cover bytes: decoding them as UTF-8, as `Request.formData` does, would corrupt both.
 * @param maxFieldBytes longer fields are left out: until a signature among the fields is verified, the body is a stranger's
 */
export async function readForm(
  contentType: string,
  body: Buffer,
  maxFieldBytes = Number.POSITIVE_INFINITY,
): Promise<ReadonlyMap<string, Buffer> | null> {
  const urlencoded = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType);
  return urlencoded ? urlencodedFields(body, maxFieldBytes) : multipartFields(contentType, body, maxFieldBytes);
}

/** https://url.spec.whatwg.org/#urlencoded-parsing, here because libraries decode as UTF-8 or are several times slower. */
async function urlencodedFields(body: Buffer, maxFieldBytes: number): Promise<ReadonlyMap<string, Buffer>> {
  const fields = new Map<string, Buffer>();
  // Empty and repeated ones count too: 80 MB of "&" took half a minute.
  for (let start = 0, count = 0; start < body.length && count < maxFields; count += 1) {
    const found = body.indexOf("&", start);
    const field = body.subarray(start, found === -1 ? body.length : found);
    start += field.length + 1;
    if (field.length === 0 || field.length > maxFieldBytes) continue;
    const equals = field.indexOf("=");
    const name = equals === -1 ? field : field.subarray(0, equals);
    const value = equals === -1 ? Buffer.alloc(0) : field.subarray(equals + 1);
    addFirst(fields, (await decode(name)).toString(), await decode(value));
  }
  return fields;
}

const [plus, space, percent] = [0x2b, 0x20, 0x25];
/** By character code; -1: not a digit. */
const hexDigits = new Int8Array(256).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries())
  for (const letter of [digit, digit.toUpperCase()]) hexDigits[letter.charCodeAt(0)] = value;

async function decode(encoded: Buffer): Promise<Buffer> {
  const decoded = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  let pauseAt = decodedAtOnce;
  for (let at = 0; at < encoded.length; at++) {
    if (at >= pauseAt) {
      await yieldToEventLoop();
      pauseAt = at + decodedAtOnce;
    }
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

/** Busboy decodes fields but not files, so every part is read as a file. */
async function multipartFields(
  contentType: string,
  body: Buffer,
  maxFieldBytes: number,
): Promise<ReadonlyMap<string, Buffer> | null> {
  const fields = new Map<string, Buffer>();
  let full = false;
  const slices = function* () {
    for (let at = 0; at < body.length && !full; at += sliceBytes) yield body.subarray(at, at + sliceBytes);
  };
  try {
    const form = new Busboy({
      headers: { "content-type": contentType },
      isPartAFile: () => true,
      limits: { parts: maxFields },
    });
    form.on("partsLimit", () => {
      full = true;
    });
    // The name is undefined for a part without one, contrary to the library's types.
    form.on("file", (name: string | undefined, content) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      content.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= maxFieldBytes) chunks.push(chunk);
      });
      content.on("end", () => {
        if (name !== undefined && bytes <= maxFieldBytes) addFirst(fields, name, Buffer.concat(chunks));
      });
      // A body that ends within a part also fails the form, which is handled below.
      content.on("error", () => {});
    });
    await pipeline(Readable.from(slices()), form);
  } catch {
    // Another content type or a malformed body, unless reading was stopped at the limit of parts.
    if (!full) return null;
  }
  return fields;
}

function addFirst(fields: Map<string, Buffer>, name: string, value: Buffer): void {
  if (!fields.has(name)) fields.set(name, value);
}
