/**
 * A name without dots and blanks at its ends: a leading dot hides a file, and Windows removes trailing ones, so
 * "setup.exe." would become an executable. Loops, because a pattern such as `/[\s.]+$/` takes quadratic time on long runs.
 */
export function trimDots(name: string): string {
  let start = 0;
  while (start < name.length && isDotOrBlank(name.charAt(start))) start += 1;
  return trimDotsAtEnd(name.slice(start));
}

export function trimDotsAtEnd(name: string): string {
  let end = name.length;
  while (end > 0 && isDotOrBlank(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

function isDotOrBlank(character: string): boolean {
  return character === "." || character.trim() === "";
}
