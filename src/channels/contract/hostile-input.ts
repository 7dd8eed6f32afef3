/** Texts and names that have broken senders before. */
export const hostileTexts: readonly string[] = [
  "",
  "\r\nBcc: someone@example.com\r\n\r\nInjected",
  "<script>alert(1)</script> & <b>bold</b> <%= it %> {{7*7}} $(7*7)",
  "\u0000\u0007\ud800 lone \udfff",
  "👩‍👩‍👧‍👦".repeat(500),
  `a${"\u0301".repeat(5_000)}`,
  "مرحبا \u202e evil \u2066",
  "\n.\n..\r\n.\r\nQUIT\r\n",
  "長".repeat(10_000),
  "x".repeat(10_000),
];

/** Originals that anybody might send to the channel. */
export const hostileOriginals: readonly Uint8Array[] = [
  new Uint8Array(),
  new Uint8Array(1_000),
  Uint8Array.from({ length: 5_000 }, (_, index) => (index * 167) % 256),
  Buffer.from("{"),
  Buffer.from("\r\n\r\n"),
  Buffer.from(`Subject: ${"=?utf-8?B?4oKs?= ".repeat(5_000)}\r\n\r\nHello`),
  Buffer.from(`Content-Type: text/html\r\n\r\n${"<div>".repeat(20_000)}`),
  Buffer.from(`Content-Type: text/plain; charset=x-nowhere\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\ud800`),
];

/** Webhook bodies that no vendor sends. */
export const hostileBodies: readonly Uint8Array<ArrayBuffer>[] = [
  "",
  "{",
  "null",
  "[]",
  "{}",
  '{"text":7,"id":{},"from":[]}',
  "[".repeat(20_000),
  "\u0000\ufffd",
].map((body) => new TextEncoder().encode(body));
