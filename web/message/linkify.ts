/** A part of a message's text: a link, or text without one. */
export interface TextPart {
  readonly text: string;
  /** http, https or mailto; null if it is no link. */
  readonly href: string | null;
}

// Linear: neither alternative can begin within what it repeats, and each repetition is bounded.
const links = /\bhttps?:\/\/[^\s<>"'`]{1,2000}|(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/giu;
const trailing = /[.,;:!?…'"’”»)\]}]$/u;

/** Finds web and email addresses in a text that a stranger wrote. Nothing but http, https and mailto becomes a link. */
export function linkify(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(links)) {
    const found = withoutTrailing(match[0]);
    const href = hrefOf(found);
    if (href === null) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), href: null });
    parts.push({ text: found, href });
    end = match.index + found.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}

/** Punctuation after an address belongs to the sentence; so does a bracket that was opened before it. */
function withoutTrailing(found: string): string {
  let end = found.length;
  let brackets = 0;
  for (const character of found) brackets += character === "(" ? 1 : character === ")" ? -1 : 0;
  while (end > 0 && trailing.test(found.charAt(end - 1))) {
    if (found.charAt(end - 1) === ")") {
      if (brackets >= 0) break;
      brackets += 1;
    }
    end -= 1;
  }
  return found.slice(0, end);
}

function hrefOf(found: string): string | null {
  if (!/^https?:/iu.test(found)) return `mailto:${found}`;
  return URL.canParse(found) ? new URL(found).href : null;
}
