/** The two decoded bodies of a mail. */
export interface StrictParts {
  readonly text: string;
  readonly html: string;
}

/** RFC 5322 section 2.1.1, without CRLF. */
const maxLineLength = 998;
/** RFC 2047 section 2. */
const maxEncodedWordLength = 75;
/** RFC 5322 section 3.6: at most once. */
const uniqueHeaders = [
  "date",
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "message-id",
  "in-reply-to",
  "references",
  "subject",
];
const required = ["date", "from", "to", "message-id", "subject", "mime-version", "content-type"];
const date =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}$/;

/**
 * Reads a mail strictly by RFC 5322 and 2045 to 2047, without the tolerance of common parsers. Expects
 * `multipart/alternative` of text and HTML in UTF-8, encoded in seven bits.
 * @throws {Error} that says what is wrong
 */
export function readStrictly(raw: string): StrictParts {
  const problems = wireProblems(raw);
  const { headers, body } = splitEntity(raw);
  problems.push(...headerProblems(headers));
  if (problems.length > 0) throw new Error(`The mail is invalid: ${problems.join("; ")}`);

  const boundary = /^multipart\/alternative;\s*boundary="([^"]{1,70})"$/i.exec(
    headerValue(headers, "content-type"),
  )?.[1];
  if (boundary === undefined) throw new Error(`Not multipart/alternative: ${headerValue(headers, "content-type")}`);
  const [preamble, ...rest] = `\r\n${body}`.split(`\r\n--${boundary}`);
  if (preamble?.trim() !== "" || rest.at(-1)?.trim() !== "--") throw new Error("The parts are not closed");
  const [text, html, ...more] = rest.slice(0, -1).map((part) => splitEntity(part.replace(/^[ \t]*\r\n/, "")));
  // The last part is preferred, RFC 2046 section 5.1.4.
  if (text === undefined || html === undefined || more.length > 0) throw new Error("Not two parts");
  return { text: decode(text, "text/plain"), html: decode(html, "text/html") };
}

interface Entity {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

function splitEntity(raw: string): Entity {
  const end = raw.indexOf("\r\n\r\n");
  const fields = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const headers = fields.map((field) => {
    const [, name, value] = /^([!-9;-~]+):(.*)$/s.exec(field.replace(/\r\n/g, "")) ?? [];
    if (name === undefined || value === undefined) throw new Error(`Not a header: ${field}`);
    return { name: name.toLowerCase(), value: value.trim() };
  });
  return { headers, body: raw.slice(end + 4) };
}

function wireProblems(raw: string): string[] {
  const lines = raw.split("\r\n");
  return [
    ...(lines.some((line) => /[\r\n]/.test(line)) ? ["a line that does not end in CRLF"] : []),
    ...(lines.some((line) => line.length > maxLineLength) ? ["a line of more than 998 characters"] : []),
    ...(/[^\t\r\n -~]/.test(raw) ? ["something other than printable ASCII"] : []),
  ];
}

function headerProblems(headers: Entity["headers"]): string[] {
  const count = (name: string) => headers.filter((header) => header.name === name).length;
  const words = headers.flatMap(({ value }) => value.match(/=\?[^?\s]+\?[bq]\?[^?\s]*\?=/gi) ?? []);
  return [
    ...required.filter((name) => count(name) === 0).map((name) => `no ${name}`),
    ...uniqueHeaders.filter((name) => count(name) > 1).map((name) => `${name} more than once`),
    ...words.filter((word) => word.length > maxEncodedWordLength).map((word) => `a long encoded word: ${word}`),
    ...words.filter((word) => !decodesToWholeCharacters(word)).map((word) => `a character cut in two: ${word}`),
    ...(headerValue(headers, "mime-version") === "1.0" ? [] : ["MIME-Version other than 1.0"]),
    ...(date.test(headerValue(headers, "date")) ? [] : [`Date: ${headerValue(headers, "date")}`]),
    ...(/^<[^<>\s@]+@[^<>\s@]+>$/.test(headerValue(headers, "message-id")) ? [] : ["an invalid Message-ID"]),
  ];
}

/** RFC 2047 section 5: each encoded word must hold whole characters. */
function decodesToWholeCharacters(word: string): boolean {
  const [, , encoding = "", encoded = ""] = word.split("?");
  const bytes =
    encoding.toLowerCase() === "b" ? Buffer.from(encoded, "base64") : quotedPrintable(encoded.replace(/_/g, " "));
  return !bytes.toString("utf8").includes("\ufffd");
}

function headerValue(headers: Entity["headers"], name: string): string {
  return headers.find((header) => header.name === name)?.value ?? "";
}

function decode({ headers, body }: Entity, type: string): string {
  const contentType = headerValue(headers, "content-type");
  if (!new RegExp(`^${type};\\s*charset="?utf-8"?$`, "i").test(contentType))
    throw new Error(`Not ${type}: ${contentType}`);
  const encoding = headerValue(headers, "content-transfer-encoding").toLowerCase() || "7bit";
  const bytes = decodeBody(body, encoding);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r\n/g, "\n");
}

function decodeBody(body: string, encoding: string): Buffer {
  switch (encoding) {
    case "7bit":
      return Buffer.from(body, "latin1");
    case "base64": {
      if (!/^[A-Za-z0-9+/=\r\n]*$/.test(body)) throw new Error("Not base64");
      return Buffer.from(body, "base64");
    }
    case "quoted-printable": {
      const invalid = body
        .split("\r\n")
        .find((line) => line.length > 76 || /[ \t]$/.test(line) || /=(?![0-9A-F]{2}|$)/.test(line));
      if (invalid !== undefined) throw new Error(`Not quoted-printable: ${invalid}`);
      return quotedPrintable(body.replace(/=\r\n/g, ""));
    }
    default:
      throw new Error(`An encoding that a mail server may not carry: ${encoding}`);
  }
}

function quotedPrintable(text: string): Buffer {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1");
}
