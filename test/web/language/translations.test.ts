import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type MessageFormatElement, parse, TYPE } from "@formatjs/icu-messageformat-parser";
import { describe, expect, test } from "@jest/globals";
import { IntlMessageFormat } from "intl-messageformat";
import { languages as emailLanguages } from "../../../plugins/email/translations/translations.js";
import { compileMessage } from "../../../web/language/compile-messages.js";
import type { MessageKey, Messages } from "../../../web/language/messages.js";
import { type CompiledMessages, translations } from "../../../web/language/translate.js";
import { en } from "../../../web/language/translations/en.js";

const folder = fileURLToPath(new URL("../../../../web/language/translations/", import.meta.url));
const languages = (await readdir(folder)).map((file) => file.slice(0, 2)).sort();
const keys = Object.keys(en) as MessageKey[];
const counts = [0, 1, 2, 3, 5, 11, 21, 100, 1_000_000];

async function messagesOf(language: string): Promise<Messages> {
  const module = await import(`../../../web/language/translations/${language}.js`);
  return module[language];
}

/** As the build of the pages leaves them. */
function compile(messages: Messages): CompiledMessages {
  const entries = Object.entries(messages).map(([key, text]) => [key, evaluate(compileMessage(text))]);
  return Object.fromEntries(entries);
}

function evaluate(javascript: string): never {
  return new Function(`return (${javascript})`)() as never;
}

function argumentsOf(text: string): readonly string[] {
  const names = (elements: readonly MessageFormatElement[]): string[] =>
    elements.flatMap((element) => {
      if (element.type === TYPE.argument) return [element.value];
      if (element.type !== TYPE.plural) return [];
      return [element.value, ...Object.values(element.options).flatMap(({ value }) => names(value))];
    });
  return [...new Set(names(parse(text)))].sort();
}

test("The widget has the languages of emails", () => {
  expect(languages).toEqual(Object.keys(emailLanguages).sort());
});

describe.each(languages)("In %s", (language) => {
  test("every text is there, with the arguments of the English one", async () => {
    const messages = await messagesOf(language);
    expect(Object.keys(messages)).toEqual(keys);
    for (const key of keys) {
      expect(messages[key].trim()).not.toBe("");
      expect([key, argumentsOf(messages[key])]).toEqual([key, argumentsOf(en[key])]);
    }
  });

  test("compiled texts are what intl-messageformat makes of them, for every plural form", async () => {
    const messages = await messagesOf(language);
    const { t } = translations(language, language, compile(messages));
    for (const key of keys) {
      for (const count of counts) {
        const names = argumentsOf(messages[key]).filter((name) => name !== "count");
        const values = { count, ...Object.fromEntries(names.map((name) => [name, `<${name}>`])) };
        const expected = String(
          new IntlMessageFormat(messages[key], language, undefined, { ignoreTag: true }).format(values),
        );
        const text = (t as (key: MessageKey, values: object) => string)(key, values).replace(/[\u2068\u2069]/g, "");
        expect([key, count, text]).toEqual([key, count, expected]);
      }
    }
  });
});

describe("Times and sizes", () => {
  const texts = translations("en", "en-GB", compile(en));
  const now = new Date(2026, 10, 30, 14, 0);

  test.each([
    [new Date(2026, 10, 30, 9, 5), "Today, 09:05", "09:05"],
    [new Date(2026, 10, 29, 23, 59), "Yesterday, 23:59", "29 November"],
    [new Date(2026, 9, 2, 12, 0), "2 October, 12:00", "2 October"],
    [new Date(2025, 9, 2, 12, 0), "2 October 2025, 12:00", "2 October 2025"],
    // This device's clock is behind.
    [new Date(2026, 11, 1, 12, 0), "Today, 12:00", "12:00"],
  ])("%s", (at, moment, short) => {
    expect([texts.moment(at, now), texts.short(at, now)]).toEqual([moment, short]);
  });

  test.each([
    [1, "1 kB"],
    [500_000, "489 kB"],
    [20 * 1_048_576, "20 MB"],
    [1_258_000, "1.2 MB"],
  ])("%d bytes", (bytes, words) => {
    expect(texts.size(bytes)).toBe(words);
  });

  test("what runs against the sentence cannot reorder it", () => {
    expect(texts.t("willEmail", { address: "ana@example.com" })).toBe("We’ll email your answer to ana@example.com");
    expect(texts.t("typing", { name: "يوسف" })).toBe("\u2068يوسف\u2069 is typing");
  });
});
