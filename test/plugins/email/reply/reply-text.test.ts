import { describe, expect, test } from "@jest/globals";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { answeredMails, unseenAnsweredMails } from "./answered-mails.js";
import { quotedTails } from "./quoted-tails.js";
import { unseenQuotedTails } from "./quoted-tails-unseen.js";

const fromText = (text: string) => extractReply({ text, html: null });

describe("the new text of an answered plain-text mail", () => {
  const answer = "Blue, please.\n\nThe large one.";
  test.each(Object.entries({ ...quotedTails, ...unseenQuotedTails }))("ends where %s begins its quote", (_, tail) => {
    expect(fromText(`${answer}\n\n${tail}`)).toEqual({ text: answer, layer: "wording" });
    expect(fromText(`${answer}\n${tail}`.replaceAll("\n", "\r\n")).text).toBe(answer);
  });

  test.each(Object.entries({ ...answeredMails, ...unseenAnsweredMails }))("%s", (_, { text, expected }) => {
    expect(fromText(text).text).toBe(expected);
  });

  test("says when nothing is new, and shows the whole", () => {
    const tail = "On Tue, Mar 4, 2025 at 9:12 AM Lantern Books <shop@lantern.example> wrote:\n\n> Which colour?";
    expect(fromText(tail)).toEqual({ text: tail, layer: "nothing-new" });
  });

  test("says when nothing was cut", () => {
    expect(fromText("\n\n  Blue.\n\n")).toEqual({ text: "  Blue.", layer: "untouched" });
    expect(fromText("> Which colour?")).toEqual({ text: "> Which colour?", layer: "untouched" });
    expect(fromText("")).toEqual({ text: "", layer: "untouched" });
    expect(extractReply({ text: null, html: null })).toEqual({ text: "", layer: "untouched" });
  });
});
