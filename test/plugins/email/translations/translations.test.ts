import { describe, expect, test } from "@jest/globals";
import { isMarker, markerLine } from "../../../../plugins/email/reply/marker.js";
import { chooseLanguage } from "../../../../plugins/email/translations/choose-language.js";
import { type Language, languages, translationsFor } from "../../../../plugins/email/translations/translations.js";

const names = Object.keys(languages) as Language[];
const { en } = languages;
/** Whatever a sentence puts in but numbers; not all languages need a verb that knows how many agents there are. */
const putIn = (message: string) => [...message.matchAll(/\{(agents|author|company|day|file|name|size)\}/g)];

describe.each(names)("The sentences in %s", (language) => {
  const sentences: Readonly<Record<string, string>> = languages[language];

  test("are all there, and none is empty", () => {
    expect(Object.keys(sentences).sort()).toEqual(Object.keys(en).sort());
    expect(Object.values(sentences).filter((sentence) => sentence.trim() === "")).toEqual([]);
  });

  test.each(Object.keys(en) as (keyof typeof en)[])("tell in %s all that English tells", (name) => {
    const told = (message: string) =>
      putIn(message)
        .map(([, argument]) => argument)
        .sort();
    expect(told(sentences[name] ?? "")).toEqual(told(en[name]));
  });

  test("have every plural form of the language, and put names in whole", () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const sentence of Object.values(sentences).filter((text) => /\{count, plural/.test(text))) {
      const forms = [...sentence.matchAll(/\b(zero|one|two|few|many|other) \{/g)].map(([, form]) => form);
      // Of the verb after names only one and more; nobody counts agents by the million.
      if (sentence.includes("{agents}") && language !== "pl") expect(forms).toContain("other");
      else if (!sentence.includes("{agents}")) expect(forms.sort()).toEqual([...pluralCategories].sort());
    }
    const translations = translationsFor(language);
    const introduction = translations.t("introductionNamed", {
      agents: "AGENTS",
      count: 2,
      company: "COMPANY",
      day: "DAY",
    });
    for (const put of ["AGENTS", "COMPANY", "DAY"]) expect(introduction).toContain(put);
    for (const count of [0, 1, 2, 3, 5, 11, 21, 22, 100, 1_000_000]) {
      const said = translations.t("attachedMessages", { count, file: "FILE" });
      expect(said).toContain("FILE");
      expect(said).not.toMatch(/[{}#]/);
    }
  });

  test("have a line above which answers are read, of that language", () => {
    expect(isMarker(markerLine(language))).toBe(true);
    if (language !== "en") expect(markerLine(language)).not.toBe(markerLine("en"));
  });
});

test.each([
  ["pl", 1, "jest jeszcze 1 nowa odpowiedź"],
  ["pl", 3, "są jeszcze 3 nowe odpowiedzi"],
  ["pl", 5, "jest jeszcze 5 nowych odpowiedzi"],
  ["pl", 22, "są jeszcze 22 nowe odpowiedzi"],
  ["ar", 2, "ردان جديدان آخران"],
  ["ar", 3, "3 ردود جديدة أخرى"],
  ["ar", 11, "11 ردًا جديدًا آخر"],
] as const)("In %s, %i new replies are counted in the right form", (language, count, expected) => {
  expect(translationsFor(language).t("moreReplies", { count })).toContain(expected);
});

test.each([
  ["pt-BR", null, "pt", "pt-BR"],
  ["de_AT", "fr", "de", "de_AT"],
  ["sv-SE", "fr-CH", "fr", "fr-CH"],
  [null, "ja", "ja", "ja"],
  ["sv", "fi", "en", "en-GB"],
  ["toString", "__proto__", "en", "en-GB"],
  ["", null, "en", "en-GB"],
])("A visitor of %j at a company of %j reads %s", (visitor, company, language, locale) => {
  expect(chooseLanguage(visitor, company)).toEqual({ language, locale });
});
