import { describe, expect, jest, test } from "@jest/globals";
import { parseEmailAddress } from "../../plugins/email/address.js";
import { parseAuthenticationResults } from "../../plugins/email/inbound/authentication/authentication-results.js";
import { detectAutoReply } from "../../plugins/email/inbound/detect-auto-reply.js";
import { barePath, type InboundEnvelope } from "../../plugins/email/inbound/envelope.js";
import { addressTokens } from "../../plugins/email/inbound/find-signed-ids.js";
import { MailHeaders } from "../../plugins/email/inbound/mail-headers.js";
import { answeredNames, parseMessageIds } from "../../plugins/email/inbound/message-ids.js";
import { parseAddresses } from "../../plugins/email/inbound/parse-addresses.js";
import type { InboundMail } from "../../plugins/email/inbound/parse-mail.js";
import { readMessage } from "../../plugins/email/inbound/read-message.js";
import { classifyBounce } from "../../plugins/email/inbound/reports/classify-bounce.js";
import { parseDsn } from "../../plugins/email/inbound/reports/parse-dsn.js";
import { parsePlainTextBounce } from "../../plugins/email/inbound/reports/plain-text-bounce.js";
import { sanitizeFileName as sanitizeSentName, sanitizeText } from "../../plugins/email/outgoing/sanitize-text.js";
import { extractReply } from "../../plugins/email/reply/extract-reply.js";
import { contentDisposition } from "../../src/attachments/content-disposition.js";
import { apparentExtension } from "../../src/attachments/file-extension.js";
import { sanitizeFileName } from "../../src/attachments/sanitize-file-name.js";
import { isSignedWebhook } from "../../src/channels/http/webhook-signature.js";
import { positionCursor, readPage } from "../../src/graphql/connection.js";
import { matchEcho } from "../../src/inbound/find-echoed-delivery.js";
import { parseName } from "../../src/parse-name.js";
import { readBearerToken } from "../../src/tokens/bearer-token.js";
import { verifyShortToken } from "../../src/tokens/short-token.js";
import { parseClientDetails } from "../../src/visitors/parse-client-details.js";
import { parsePage } from "../../src/visitors/parse-page.js";

// On a busy machine; each measurement is a ratio within the same run.
jest.setTimeout(120_000);

const envelope: InboundEnvelope = {
  ...{ via: "smtp", from: "ana@home.example", to: [], remoteAddress: null, helo: null, arrivedAt: null },
  providerId: null,
};

const headersOf = (...fields: readonly string[]) => MailHeaders.read(Buffer.from(`${fields.join("\r\n")}\r\n\r\n`));

function mailOf(subject: string, text: string): InboundMail {
  const headers = headersOf(`Subject: ${subject}`);
  return { headers, subject, body: { text, html: null }, parts: [], extent: "whole" };
}

const image = { contentType: "image/png", name: "a", disposition: "inline", contentId: "a", content: Buffer.from("a") };
const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const now = new Date(1_700_000_000_000);

/** What reads a text of a stranger; may refuse it. */
const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  "the email address of a contact form": parseEmailAddress,
  "the name of a contact form": (text) => parseName("name", text),
  "the name of a file": (text) => apparentExtension(sanitizeFileName(text)),
  "the name of a file in an email": sanitizeSentName,
  "the name of a download": contentDisposition,
  "the text of a message": sanitizeText,
  "the header of an email": (text) => headersOf(`A: ${text}`, text),
  "addresses in an email": (text) => parseAddresses([text, text]),
  "signed addresses in an email": (text) => addressTokens([text]),
  "an envelope address": barePath,
  "Message-IDs": (text) => [parseMessageIds(text), answeredNames(headersOf(`References: ${text}`))],
  "an automatic reply": (text) =>
    detectAutoReply({ ...mailOf(text, ""), headers: headersOf(`Precedence: ${text}`) }, envelope),
  "Authentication-Results": (text) =>
    parseAuthenticationResults(headersOf(`Authentication-Results: mx; ${text}`), "mx", "home.example"),
  "a delivery status notification": (text) =>
    parseDsn(mailOf("", text), Buffer.from(`Action: failed\r\nStatus: ${text}\r\nDiagnostic-Code: ${text}\r\n`), []),
  "a bounce in plain text": (text) => [parsePlainTextBounce(mailOf(text, text), []), classifyBounce("", text)],
  "a reply by email": (text) => extractReply({ text, html: null }),
  "a reply by email in HTML": (text) => extractReply({ text: null, html: text }),
  "a signature in a reply by email": (text) =>
    extractReply({ text: `Yes\n--\n${"Ana\n".repeat(8)}${text}`, html: null }),
  "an email with images": (text) => readMessage({ ...mailOf("", `[cid:a]${text}[cid:a]`), parts: [image] }),
  "the signature of a webhook": (text) =>
    isSignedWebhook(secret, { get: (name) => (name === "webhook-timestamp" ? "1700000000" : text) }, "", now),
  "a bearer token": (text) => readBearerToken(`Bearer ${text}`),
  "a signed token": (text) => verifyShortToken(["secret"], "reply", text),
  "a cursor": (text) => readPage({ last: 1, before: text }, positionCursor),
  "a locale and a time zone": (text) => parseClientDetails({ locale: text, timeZone: text }),
  "a page": (text) => parsePage("page", `https://a.example/${text}`),
  "the host of a page": (text) => parsePage("page", `https://${text}/`),
  "an echo of a channel": (text) => matchEcho([], text, "https://a.example/"),
};

const units = [
  ...[" ", "\t", "\n", ".", "/", "@", "a", "1", "<", ">", "(", "[", "=", ";", ":", "-", "*", "\\", '"', "\u0301\u0316"],
  ...["a@", "a.", "a ", "a=", '="', "<a", "[cid:", "\r\n ", "user ", "On 1:00 ", "5.1.1 ", "@a ", "%", "\u200b"],
];

/** Between two ends that most patterns do not accept, so that they search in vain. */
const filled = (unit: string, length: number) => `a${unit.repeat(Math.ceil(length / unit.length))}\0b`;

const length = 16_000;
/** Quadratic work quadruples when the length doubles. */
const maxRatio = 3;
/** Shorter times are noise. Quadratic work on twice `length` characters takes more. */
const noiseMs = 20;

/** The median of the processor's time for one call, in milliseconds. */
function workOf(parse: (text: string) => unknown, text: string, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const before = process.cpuUsage();
    try {
      parse(text);
    } catch {
      // Refused, as it should be.
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
}

describe("Twice the text takes at most about twice the time:", () => {
  test.each(Object.entries(parsers))("%s", (_, parse) => {
    const grown = units.flatMap((unit) => {
      const text = filled(unit, 2 * length);
      if (workOf(parse, text, 1) < noiseMs) return [];
      const [once, twice] = [workOf(parse, filled(unit, length), 5), workOf(parse, text, 5)];
      return twice > noiseMs && twice > maxRatio * once ? [{ unit, once, twice }] : [];
    });
    expect(grown).toEqual([]);
  });

  test("a quadratic parser fails", () => {
    // Three times the text, nine times the work: a busy machine must not hide it.
    const text = filled(" ", 21_000);
    const trim = (padded: string) => padded.replace(/[ \t]+$/, "");
    expect(workOf(trim, text, 3)).toBeGreaterThan(maxRatio * workOf(trim, filled(" ", 7_000), 3));
    expect(workOf(trim, text, 1)).toBeGreaterThan(noiseMs);
  });
});
