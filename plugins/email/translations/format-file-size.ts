import type { Words } from "./translations.js";

const kibibyte = 1024;
const mebibyte = 1_048_576;

/** "12 KB", as people read the sizes of files; no line ends inside it. */
export function sizeOfFile(words: Words, bytes: number): string {
  return sizeIn(words, bytes).replaceAll(" ", "\u00a0");
}

function sizeIn(words: Words, bytes: number): string {
  if (bytes < kibibyte) return words.say("bytes", { count: bytes });
  return bytes < mebibyte
    ? words.say("kilobytes", { count: Math.ceil(bytes / kibibyte) })
    : words.say("megabytes", { count: bytes / mebibyte });
}
