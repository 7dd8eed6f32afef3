import { describe, expect, test } from "@jest/globals";
import { type BodyParts, extractReply } from "../../../../plugins/email/reply/extract-reply.js";

const megabyte = 1_000_000;
const filled = (unit: string, length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** CPU time, not wall-clock time: other tests run at the same time. */
function cpuMsOf(mail: BodyParts): number {
  const before = process.cpuUsage();
  extractReply(mail);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const texts = [
  ...[
    ">",
    ">\n",
    "On ",
    "On \n",
    " ",
    "-",
    "--\na\n",
    "wrote:",
    "wrote 1:\n",
    "On 1:00 wrote\n",
    "On 1\n2\n3\n4\n:\n",
    "a@",
  ],
  ...["From: a@b\nTo: b\n", "Sent from my a\n", "\r", "2025-01-01 1:00 a <a@b>:\n", "写道：\n", "confidential "],
];
const htmls = [
  ...[
    "<div>",
    "<blockquote type=cite>",
    "</b>",
    "<li><div>",
    "<td>a",
    "<a href='http://a'>",
    "&nbsp;",
    "<br>",
    "a<b>b</b>",
    "<!--",
  ],
  ...[
    "<div class=gmail_quote>On 1:00 a wrote:<blockquote>b</blockquote>c",
    "<p>On 2025-01-01 1:00 <a@b> wrote:</p><blockquote>",
  ],
];

/** A quadratic rule takes more than a minute for a megabyte, the slowest linear one a third of a second. */
const maxMs = 3_000;

describe("A megabyte of one repeated text", () => {
  test.each(texts)("is read in linear time as plain text: %j", (unit) => {
    expect(cpuMsOf({ text: filled(unit, megabyte), html: null })).toBeLessThan(maxMs);
  });

  test.each(htmls)("is read in linear time as HTML: %j", (unit) => {
    expect(cpuMsOf({ text: null, html: filled(unit, megabyte) })).toBeLessThan(maxMs);
  });
});
