import { describe, expect, test } from "@jest/globals";
import { extractReply } from "../../../../plugins/email/reply/extract-reply.js";
import { markerLine, markerName } from "../../../../plugins/email/reply/marker.js";

const fromText = (text: string) => extractReply({ text, html: null });

describe("The reply marker in an answered email", () => {
  test.each(["en", "de", "fr", "es", "it", "pt-BR", "nl", "pl", "ar", "ja", "xx"])(
    "is recognised in the language %s",
    (language) => {
      expect(fromText(`Blue.\n\n${markerLine(language)}\n\nHello Nora,\nwhich colour?`)).toEqual({
        text: "Blue.",
        layer: "marker",
      });
      expect(fromText(`Blue.\n\n> ${markerLine(language)}\n>\n> Hello Nora,\n> which colour?`)).toEqual({
        text: "Blue.",
        layer: "marker",
      });
    },
  );

  test("is recognised when an email client wrapped, emphasised or quoted it", () => {
    const [first, second] = ["— Please write your answer", "above this line —"];
    expect(fromText(`Blue.\n\n*${first}*\n*${second}*\n\nHello`).text).toBe("Blue.");
    expect(fromText(`Blue.\n\n> > ${first}\n> > ${second}\n> >\n> > Hello`).text).toBe("Blue.");
  });

  test("includes the attribution above it, in a language that is not in the table", () => {
    const line = "Ysgrifennodd Lantern ar 4 Maw 2025:";
    expect(fromText(`Blue.\n${line}\n> ${markerLine("en")}\n> Hello`).text).toBe("Blue.");
    expect(
      fromText(`Blue.\n\nOddi wrth: Lantern\nAnfonwyd: 4 Maw\nPwnc: Sgwrs\n\n${markerLine("en")}\n\nHello`).text,
    ).toBe("Blue.");
  });

  test("keeps an answer below its quote", () => {
    expect(fromText(`On 3/4/25 09:12, Lantern wrote:\n> ${markerLine("en")}\n> Hello\n\nBlue.`).text).toBe("Blue.");
  });

  test.each(["\t", "    "])("is recognised when the quote is only indented, by %j", (space) => {
    const heading = "Lantern Shop <chat@lantern.example> wrote:\n\n";
    const quote = [markerLine("en"), "", "Hello Nora,", "  which colour?"].map((line) => `${space}${line}\n`).join("");
    expect(fromText(`${heading}${quote}Blue.\n\tOr green.\n`).text).toBe("Blue.\n\tOr green.");
    expect(fromText(`Blue.\n\n${heading}${quote}`).text).toBe("Blue.");
    expect(fromText(`${heading}${quote}Blue.\n${space}Which one?\nYes.`).text).toContain("Which one?");
  });

  test.each([markerName, `x_${markerName}`, `m_-123${markerName}`])("is recognised as an element: %s", (name) => {
    const html = `<p>Blue.</p><div>Ysgrifennodd Lantern, 4 Maw 9:12:</div><div><div class="${name}"><p>Hello Nora,</p><p>which colour?</p></div></div>`;
    expect(extractReply({ text: null, html })).toEqual({ text: "Blue.", layer: "marker" });
  });

  test("is not recognised within a paragraph that a person wrote", () => {
    const text = "Your mail says: Please write your answer above this line, and I did.";
    expect(fromText(text)).toEqual({ text, layer: "untouched" });
  });
});
