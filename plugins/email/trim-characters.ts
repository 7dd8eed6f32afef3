/**
 * The text without these characters at its ends. Linear, unlike a pattern such as `/[ >]+$/`, which starts over at every
 * character of a run that does not reach the end. `atEnd` are those at the end, where they differ.
 */
export function trimCharacters(
  text: string,
  atStart: (character: string) => boolean,
  atEnd: (character: string) => boolean = atStart,
): string {
  let start = 0;
  let end = text.length;
  while (start < end && atStart(text.charAt(start))) start += 1;
  while (end > start && atEnd(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
