import { trimCharacters } from "../trim-characters.js";
import { languages, type MailLanguage } from "./languages.js";

export type HeaderRole = "from" | "date" | "to" | "subject" | "other";

const literally = (phrase: string) => phrase.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replace(/ /g, "\\s");

const LETTER = "[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Arabic}\\p{Script=Hebrew}]";

/**
 * A pattern of all phrases of a kind, longest first, so that "a écrit" is not matched as "écrit" alone. In scripts that
 * separate words by spaces a phrase matches whole words only; Chinese, Japanese, Korean and Thai do not separate them.
 */
function anyOf(pick: (language: MailLanguage) => readonly string[]): string {
  const phrases = [...new Set(languages.flatMap(pick))].sort((a, b) => b.length - a.length);
  const isSpaced = (phrase: string) => new RegExp(LETTER, "u").test(phrase);
  const spaced = phrases.filter(isSpaced).map(literally).join("|");
  const joined = phrases.filter((phrase) => !isSpaced(phrase)).map(literally);
  return `(?:${[`(?<!${LETTER})(?:${spaced})(?!${LETTER})`, ...joined].join("|")})`;
}

/** "wrote", in any language, anywhere in a line. */
export const wrote = new RegExp(`${anyOf((row) => row.wrote)}`, "iu");
/** "wrote" as the last word. */
export const wroteAtEnd = new RegExp(`${anyOf((row) => row.wrote)}[\\s:：.,|-]*$`, "iu");
/** "wrote:" and nothing else. */
export const wroteAlone = new RegExp(`^${anyOf((row) => row.wrote)}\\s?[:：]?$`, "iu");
/** "wrote:" before more words on the same line. */
export const wroteWithColon = new RegExp(`${anyOf((row) => row.wrote)}\\s?[:：](?=\\s)`, "iu");
/** "I wrote": text of the sender, never of an email client. */
export const iWrote = new RegExp(`${anyOf((row) => row.iWrote ?? [])}`, "iu");
/** "On …" at the start of a line. Case-sensitive: email clients write a capital. */
export const opens = new RegExp(`^${anyOf((row) => row.opens)}`, "u");
/** "Quoting Ana <ana@…>:" */
export const quoting = new RegExp(`^${anyOf((row) => row.quoting ?? [])}`, "u");
/** The stems of words in disclaimers and virus scanner notes. */
export const confidential = new RegExp(
  [...new Set(languages.flatMap((row) => row.confidential ?? []))].map(literally).join("|"),
  "iu",
);

const roles = new Map<string, HeaderRole>();
const originals = new Set<string>();
for (const row of languages) {
  for (const role of ["from", "date", "to", "subject", "other"] as const)
    for (const name of row[role]) if (!roles.has(normalize(name))) roles.set(normalize(name), role);
  for (const phrase of row.original) originals.add(normalize(phrase));
}

/** Ignores case, emphasis and kinds of apostrophes. */
function normalize(name: string): string {
  return name.normalize("NFC").toLowerCase().replace(/[’ʼ`]/g, "'").replace(/[*_]/g, "").replace(/\s+/g, " ").trim();
}

/** The role of a line such as "*Sent:* Tuesday", or null. */
export function headerRole(content: string): HeaderRole | null {
  const colon = content.slice(0, 40).search(/[:：]/);
  return colon < 1 ? null : (roles.get(normalize(content.slice(0, colon))) ?? null);
}

/** "Original Message", "Weitergeleitete Nachricht": without the rules around it. */
export function isOriginalMessagePhrase(phrase: string): boolean {
  return phrase.length <= 80 && originals.has(withoutColon(normalize(phrase)));
}

function withoutColon(phrase: string): string {
  return trimCharacters(
    phrase,
    () => false,
    (character) => /[\s:：.]/.test(character),
  );
}
