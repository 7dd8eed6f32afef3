import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { interpret, mail, messageOf, multipart, sentMessageId } from "./interpret.js";

/** The longest time that the event loop was blocked, and the total time; in CPU time, since other tests run at the same time. */
async function measure<Result>(
  run: () => Promise<Result>,
): Promise<{ result: Result; blockedMs: number; totalMs: number }> {
  const start = cpuMs();
  let last = start;
  let blockedMs = 0;
  const check = () => {
    blockedMs = Math.max(blockedMs, cpuMs() - last);
    last = cpuMs();
  };
  const interval = setInterval(check, 5);
  const result = await run();
  check();
  clearInterval(interval);
  return { result, blockedMs, totalMs: cpuMs() - start };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const signature = "v=1; a=rsa-sha256; c=relaxed/relaxed; d=home.example; s=s1; l=2999999; h=from; bh=AAAA; b=AAAA";
const part = ["Content-Type: text/plain", "", "word"];

describe("Interpreting an oversized or malformed email takes limited time:", () => {
  const nested = (depth: number) => {
    const opening = Array.from({ length: depth }, (_, level) => [
      `--b${level}`,
      `Content-Type: multipart/mixed; boundary="b${level + 1}"`,
      "",
    ]).flat();
    return mail(
      { "Content-Type": 'multipart/mixed; boundary="b0"' },
      ...opening,
      `--b${depth}`,
      ...part,
      `--b${depth}--`,
    );
  };
  const many = (count: number) => {
    const { type, lines } = multipart(
      "mixed",
      ["Content-Type: text/plain", "", "Thank you."],
      ...Array(count).fill(part),
    );
    return mail({ "Content-Type": type }, ...lines);
  };
  const html = (body: string) => mail({ "Content-Type": "text/html; charset=utf-8" }, body);
  const attached = (content: string) => {
    const file = ["Content-Type: application/zip; name=a.zip", "Content-Transfer-Encoding: base64", "", content];
    const { type, lines } = multipart("mixed", ["Content-Type: text/plain", "", "Thank you."], file);
    return mail({ "Content-Type": type }, ...lines);
  };

  test.each<[string, () => string, RegExp]>([
    ["20,000 parts", () => many(20_000), /^Thank you\.(?:.|\n)*too large to be read to its end/],
    ["parts in parts, 5,000 deep", () => nested(5_000), /too large to be read to its end/],
    ["2 MB of headers", () => mail({ "X-Long": "a b ".repeat(500_000) }, "Thank you."), /^Thank you\./],
    [
      "20,000 headers",
      () => mail({ "X-Many": Array(20_000).fill("y").join("\r\nX-Many: ") }, "Thank you."),
      /^Thank you\./,
    ],
    [
      "2 MB of headers in a part",
      () => many(1).replace("Content-Type: text/plain\r\n\r\nword", `X-Long: ${"a b ".repeat(500_000)}\r\n\r\nword`),
      /./,
    ],
    [
      "malformed References",
      () => mail({ References: `${"<".repeat(200_000)}${"a@b ".repeat(200_000)}` }, "Thank you."),
      /^Thank you\.$/,
    ],
    ["200,000 nested divs", () => html(`${"<div>".repeat(200_000)}Thank you.`), /Thank you\./],
    ["200,000 unclosed img tags", () => html(`Thank you.${"<img src=cid:a".repeat(200_000)}`), /./],
    ["a line of 5 MB", () => mail({}, "a".repeat(5_000_000)), /^a+/],
    ["1 MB of quote marks", () => mail({}, "Thank you.", "> ".repeat(500_000)), /Thank you/],
    [
      "1 MB that looks like attributions",
      () => mail({}, "Thank you.", "On Mon, 3 Mar 2025 at 9:12 Ana <ana@home.example> ".repeat(20_000)),
      /Thank you/,
    ],
    ["a signed line of 3 MB", () => mail({ "DKIM-Signature": signature }, "a".repeat(3_000_000)), /^a+/],
    ["a zip of 20 MB, which is not unpacked", () => attached("UEsDBBQAAAAIAAAA".repeat(1_600_000)), /^Thank you\.$/],
  ])("%s", async (_title, make, text) => {
    const raw = make();
    const { result, blockedMs, totalMs } = await measure(() => messageOf(raw));
    expect(result.text).toMatch(text);
    expect(blockedMs).toBeLessThan(5_000);
    expect(totalMs).toBeLessThan(10_000);
  });
});

test.each([
  ["spaces", " \t".repeat(5_000)],
  ["empty lines", "\n".repeat(10_000)],
  ["words that begin bounces", "user unknown recipient address ".repeat(400)],
  ["hyphens and digits", "-5.1.1-550".repeat(1_000)],
  ["brackets", "<(".repeat(5_000)],
])("A bounce that contains only %s is read in limited time", async (_title, words) => {
  const raw = mail({ From: "Mailer-Daemon@mx.home.example", Subject: "failure notice" }, words.repeat(20));
  const { result, totalMs } = await measure(() => interpret(raw, { envelope: { from: "" } }));
  expect(result).toMatchObject({ events: [{ type: "bounced" }] });
  expect(totalMs).toBeLessThan(10_000);
});

describe("Any input", () => {
  test("is interpreted without an exception, with the same result each time", async () => {
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom(
        ...["", "--b", "--b--", "Content-Type: multipart/mixed; boundary=b", "Content-Type: message/rfc822"],
        ...["Content-Type: multipart/report; boundary=b", "Content-Type: message/delivery-status", "Action: failed"],
        ...["From: ana@home.example", 'From: <>, "', "To: a:b;@", `In-Reply-To: ${sentMessageId}`, "Status: 5.1.1"],
        ...["Content-Transfer-Encoding: base64", "Content-Type: text/html; charset=utf-7", "Message-ID: <a@b>"],
        ...['Content-Type: text/plain; format=flowed; charset="', "Subject: =?utf-8?Q?=0D=0ABcc:?=", " folded", "\0"],
        ...[
          "Authentication-Results: mx; dmarc=pass (",
          "Content-Disposition: attachment; filename*=utf-8''%",
          "<img src=cid:",
        ],
      ),
    );
    const lines = fc.array(line, { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lines, fc.constantFrom("", "x@y.example", null), async (given, from) => {
        const raw = given.join("\r\n");
        const options = { envelope: { from }, authservId: "mx" };
        const first = await interpret(raw, options);
        expect(await interpret(raw, options)).toEqual(first);
      }),
      { numRuns: 300 },
    );
  });

  test("that is not an email is UNREADABLE", async () => {
    for (const raw of [new Uint8Array(), new Uint8Array(1_000), Buffer.from("{"), Buffer.from("\r\n\r\nHello")]) {
      expect(await interpret(raw)).toMatchObject({ outcome: "dropped", reason: "UNREADABLE" });
    }
  });
});
