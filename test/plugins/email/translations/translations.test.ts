import { describe, expect, test } from "@jest/globals";
import { isMarker, markerLine } from "../../../../plugins/email/reply/marker.js";
import { chooseLanguage } from "../../../../plugins/email/translations/choose-language.js";
import { type Language, languages, translationsFor } from "../../../../plugins/email/translations/translations.js";

const names = Object.keys(languages) as Language[];
const { en } = languages;
/** All placeholders of a sentence except counts: some languages need no verb form that depends on the number of agents. */
const placeholders = (message: string) => [...message.matchAll(/\{(agents|author|company|day|file|name|size)\}/g)];

describe.each(names)("The sentences in %s", (language) => {
  const sentences: Readonly<Record<string, string>> = languages[language];

  test("are complete, and none is empty", () => {
    expect(Object.keys(sentences).sort()).toEqual(Object.keys(en).sort());
    expect(Object.values(sentences).filter((sentence) => sentence.trim() === "")).toEqual([]);
  });

  test.each(Object.keys(en) as (keyof typeof en)[])("have the same placeholders in %s as the English ones", (name) => {
    const placeholderNames = (message: string) =>
      placeholders(message)
        .map(([, argument]) => argument)
        .sort();
    expect(placeholderNames(sentences[name] ?? "")).toEqual(placeholderNames(en[name]));
  });

  test("have every plural form of the language, and insert names unchanged", () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const sentence of Object.values(sentences).filter((text) => /\{count, plural/.test(text))) {
      const forms = [...sentence.matchAll(/\b(zero|one|two|few|many|other) \{/g)].map(([, form]) => form);
      // The verb after agents' names needs only singular and plural: there are never millions of agents.
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
    for (const inserted of ["AGENTS", "COMPANY", "DAY"]) expect(introduction).toContain(inserted);
    for (const count of [0, 1, 2, 3, 5, 11, 21, 22, 100, 1_000_000]) {
      const sentence = translations.t("attachedMessages", { count, file: "FILE" });
      expect(sentence).toContain("FILE");
      expect(sentence).not.toMatch(/[{}#]/);
    }
  });

  test("have a reply marker line in that language", () => {
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
] as const)("In %s, %i new replies take the right plural form", (language, count, expected) => {
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
])("A visitor with locale %j at a company with locale %j reads %s", (visitor, company, language, locale) => {
  expect(chooseLanguage(visitor, company)).toEqual({ language, locale });
});
