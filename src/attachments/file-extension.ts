import { normalizeText } from "../normalize-text.js";
import { trimDotsAtEnd } from "./trim-dots.js";

/** Cyrillic, Greek and other letters that look like Latin ones, in lower case (Unicode's confusables.txt has them all). */
const latinLookalikes: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "аa еe оo рp сc уy хx іi јj ѕs кk мm тt вb нh ԁd ԛq ԝw һh ӏl ѵv гr пn",
    "αa οo ρp νv υu τt ιi κk χx ϲc ϳj ωw",
    "ıi ɑa ɡg",
  ]
    .join(" ")
    .split(" ")
    .map(([letter = "", latin = ""]) => [letter, latin]),
);

/** Accents, and what is not displayed. U+2800 is a blank of Braille. */
const ignored = /[\p{M}\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]/gu;

/**
 * The extension that a reader or an operating system could take a name to have: in lower case, without the dot; empty if
 * there is none. Full-width, accented and similar-looking letters are read as plain ones (NFKD), invisible characters as
 * nothing, and dots and spaces at the end are dropped, as Windows does.
 */
export function apparentExtension(name: string): string {
  const plain = trimDotsAtEnd(normalizeText(name, "NFKD").toLowerCase().replace(ignored, ""));
  const extension = plain.slice(plain.lastIndexOf(".") + 1);
  if (extension.length === plain.length) return "";
  return [...extension.trim()].map((letter) => latinLookalikes[letter] ?? letter).join("");
}
