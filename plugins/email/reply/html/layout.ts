/** How an element separates lines: not at all, by a line break, or by an empty line. */
export type Spacing = "inline" | "line" | "paragraph";

const namesIn = (list: string) => new Set(list.split(" "));
const HIDDEN = namesIn("head style script title template svg math object iframe select noframes");
const PARAGRAPHS = namesIn("p blockquote ul ol dl h1 h2 h3 h4 h5 h6 table pre figure");
const LINES = namesIn(
  "div li tr dd dt section article header footer main aside nav address center form fieldset body html tbody thead tfoot caption figcaption",
);

/** See `Spacing`. Outlook's paragraphs are single lines: it writes empty ones in between. */
export function spacingOf(name: string, attributes: Readonly<Record<string, string>>): Spacing {
  if (PARAGRAPHS.has(name)) return name === "p" && hasNoMargin(attributes) ? "line" : "paragraph";
  return LINES.has(name) ? "line" : "inline";
}

function hasNoMargin({ class: names = "", style = "" }: Readonly<Record<string, string>>): boolean {
  return /^(?:x_)?Mso/.test(names) || /margin(?:-(?:top|bottom))?:\s?0/i.test(style.slice(0, 500));
}

/** Whether an element's text is not displayed: scripts, styles, the hidden preview line of newsletters. */
export function isHidden(name: string, attributes: Readonly<Record<string, string>>): boolean {
  const { hidden, style = "" } = attributes;
  return HIDDEN.has(name) || hidden !== undefined || /display:\s?none|visibility:\s?hidden/i.test(style.slice(0, 500));
}

/** The first number of a list; 0 for a list without numbers, null for other elements. */
export function listStart(name: string, { start }: Readonly<Record<string, string>>): number | null {
  if (name === "ul") return 0;
  if (name !== "ol") return null;
  const number = Number(start ?? 1);
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}

/** A link's target, when its text does not show it: " (https://…)". */
export function linkNote(href: string, label: string): string {
  if (!/^https?:\/\//i.test(href) || href.length > 2000 || label === "") return "";
  const bare = (url: string) => url.replace(/^https?:\/\/(?:www\.)?/i, "").replace(/\/$/, "");
  return bare(label) === bare(href) ? "" : ` (${href})`;
}
