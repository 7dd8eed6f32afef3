/** A text that PostgreSQL takes: it holds every character but NUL, and refuses a statement with one. */
export function withoutNul(text: string): string {
  return text.replaceAll("\0", "\u{FFFD}");
}
