import { expect, test } from "@jest/globals";
import { type ArrivedMail, compare, markOf, readMarks } from "./written-and-arrived.js";

const mail = (messageId: string, marks: readonly string[], recipient = "ana@example.com"): ArrivedMail => ({
  messageId,
  marks,
  recipient,
  atMs: 500,
});
const written = [1, 2].map((index) => ({ mark: markOf(index), acknowledgedAtMs: 100 }));

test.each<[string, ArrivedMail[], string[]]>([
  ["nothing when each reply arrived in one mail", [mail("<a>", ["reply-1"]), mail("<b>", ["reply-2"])], []],
  [
    "nothing when a mail was repeated under the same Message-ID",
    [mail("<a>", ["reply-1", "reply-2"]), mail("<a>", ["reply-1", "reply-2"])],
    [],
  ],
  ["a reply that never arrived", [mail("<a>", ["reply-1"])], ["reply-2 never arrived"]],
  [
    "a reply under two Message-IDs",
    [mail("<a>", ["reply-1", "reply-2"]), mail("<b>", ["reply-2"])],
    ["reply-2 was sent under <a> and <b>"],
  ],
  [
    "a Message-ID with different replies",
    [mail("<a>", ["reply-1"]), mail("<a>", ["reply-1", "reply-2"])],
    ["<a> arrived with reply-1 to ana@example.com and again with reply-1, reply-2 to ana@example.com"],
  ],
  [
    "a Message-ID with different recipients",
    [mail("<a>", ["reply-1", "reply-2"]), mail("<a>", ["reply-1", "reply-2"], "ben@example.com")],
    ["<a> arrived with reply-1, reply-2 to ana@example.com and again with reply-1, reply-2 to ben@example.com"],
  ],
  [
    "a reply that was never written",
    [mail("<a>", ["reply-1", "reply-2", "reply-3"])],
    ["reply-3 arrived, but was never written"],
  ],
])("The crash harness reports %s", (_, arrived, violations) => {
  expect(compare(written, arrived).violations).toEqual(violations);
});

test("The crash harness counts repeated mails, measures the longest wait, and finds marks in a mail's text", () => {
  const arrived = [mail("<a>", ["reply-1", "reply-2"]), { ...mail("<a>", ["reply-1", "reply-2"]), atMs: 900 }];
  expect(compare(written, arrived)).toMatchObject({ messageIds: 1, repeatedMails: 1, maxWaitMs: 400 });
  expect(readMarks("Ana:\n  This is reply-12.\nHi, reply-3 and reply-12")).toEqual(["reply-12", "reply-3"]);
});
