import { Parser } from "htmlparser2";
import { findAttribution } from "./find-attribution.js";
import { type Structure, structureOf } from "./html-structure.js";
import { contentOf, type Line } from "./line.js";

/** An open element, and what its end has to undo. */
interface Frame {
  readonly structure: Structure;
  readonly depth: number;
  readonly quiet: boolean;
  readonly preformatted: boolean;
  readonly href: string | null;
  readonly textBefore: number;
  readonly spacing: Spacing;
  /** The list's next number, 0 in a list without numbers; null outside lists. */
  number: number | null;
  /** A container's first line, and that of its first quote, to see whether only an attribution stood between them. */
  readonly firstLine: number;
  firstQuote: number | null;
}

type Spacing = "inline" | "line" | "paragraph";

const QUIET = new Set(["head", "style", "script", "title", "template", "svg", "math", "object", "iframe", "select", "noframes"]);
const PARAGRAPHS = new Set(["p", "blockquote", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "table", "pre", "figure"]);
const LINES = new Set("div li tr dd dt section article header footer main aside nav address center form fieldset body html tbody thead tfoot caption figcaption".split(" "));

/**
 * No mail is nested deeper. Beyond it the parser starts anew at the same place, because the price of a closing tag grows with
 * the elements that are open: 200,000 of them would take minutes.
 */
const deepest = 1000;

/**
 * An HTML mail as lines: each with its depth of quoting and with what the structure says. Nothing of the HTML is left in
 * them. Takes time in proportion to the length, whatever the HTML.
 */
export function htmlLines(html: string): Line[] {
  const reader = new HtmlReader();
  for (let rest = html; rest !== ""; ) {
    let open = 0;
    let stoppedAt: number | null = null;
    const parser: Parser = new Parser({
      onopentag(name, attributes) {
        reader.open(name, attributes);
        if (++open > deepest) {
          stoppedAt = parser.endIndex + 1;
          parser.pause();
        }
      },
      ontext: (text) => reader.words(text),
      onclosetag(name) {
        if (stoppedAt !== null) return;
        open--;
        reader.close(name);
      },
    });
    parser.write(rest);
    if (stoppedAt === null) parser.end();
    rest = stoppedAt === null ? "" : rest.slice(stoppedAt);
  }
  return reader.end();
}

class HtmlReader {
  private readonly lines: Line[] = [];
  private readonly frames: Frame[] = [];
  /** The line in the making, in pieces: a string that is read after every piece would take quadratic time. */
  private pieces: string[] = [];
  private state: "empty" | "spaces" | "after-space" | "after-word" = "empty";
  private depth = 0;
  private quiet = 0;
  private preformatted = 0;
  private signature = 0;
  private restDepth = 0;
  private readonly lists: Frame[] = [];
  private pendingBlank = false;

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "br") return this.newLine();
    if (name === "hr") return this.rule(attributes);
    if (name === "img") return this.image(attributes["alt"] ?? "");
    const structure = this.structure(name, attributes);
    const spacing = spacingOf(name, attributes);
    if (spacing !== "inline") this.boundary(spacing);
    const frame: Frame = {
      structure,
      depth: this.depth,
      quiet: QUIET.has(name) || isHidden(attributes),
      preformatted: name === "pre",
      href: name === "a" ? (attributes["href"] ?? null) : null,
      textBefore: this.pieces.length,
      spacing,
      number: name === "ul" ? 0 : name === "ol" ? firstNumber(attributes["start"]) : null,
      firstLine: this.lines.length,
      firstQuote: null,
    };
    const parent = this.frames.at(-1);
    this.frames.push(frame);
    if (frame.quiet) this.quiet++;
    if (frame.preformatted) this.preformatted++;
    if (frame.number !== null) this.lists.push(frame);
    if (structure === "signature") this.signature++;
    if (structure !== "words" && structure !== "signature" && structure !== "indented") this.beginQuote(structure, parent);
    if (name === "li") this.bullet();
    if ((name === "td" || name === "th") && this.hasWords()) this.add(" | ");
  }

  close(name: string): void {
    if (name === "br" || name === "hr" || name === "img") return;
    const frame = this.frames.pop();
    if (frame === undefined) return;
    if (frame.href !== null) this.link(frame.href, frame.textBefore);
    if (frame.spacing !== "inline") this.boundary(frame.spacing);
    if (frame.quiet) this.quiet--;
    if (frame.preformatted) this.preformatted--;
    if (frame.number !== null) this.lists.pop();
    if (frame.structure === "signature") this.signature--;
    this.depth = Math.max(frame.depth, this.restDepth);
    if (frame.structure === "quote") this.letAnswersBegin();
  }

  words(text: string): void {
    if (this.quiet > 0) return;
    if (this.preformatted > 0) {
      const [first, ...others] = text.split(/\r\n?|\n/);
      this.add(first ?? "");
      for (const line of others) {
        this.newLine();
        this.add(line);
      }
      return;
    }
    const collapsed = text.replace(/[ \t\r\n\f]+/g, " ");
    this.add(this.state !== "after-word" && collapsed.startsWith(" ") ? collapsed.slice(1) : collapsed);
  }

  private add(piece: string): void {
    if (piece === "") return;
    this.pieces.push(piece);
    if (piece.trim() !== "") this.state = piece.endsWith(" ") ? "after-space" : "after-word";
    else if (this.state === "empty") this.state = "spaces";
    else if (this.state === "after-word") this.state = "after-space";
  }

  private hasWords(): boolean {
    return this.state === "after-word" || this.state === "after-space";
  }

  private take(): string {
    const text = this.pieces.join("");
    this.pieces = [];
    this.state = "empty";
    return text;
  }

  end(): Line[] {
    this.boundary("line");
    return this.lines;
  }

  private structure(name: string, attributes: Readonly<Record<string, string>>): Structure {
    const structure = structureOf(name, attributes);
    if (structure !== "indented") return structure;
    if (this.hasWords()) this.newLine();
    let last = this.lines.length - 1;
    while (last > this.lines.length - 4 && this.lines[last]?.content === "") last--;
    const announced = findAttribution(this.lines, last, "quote-follows") !== null;
    return announced ? "quote" : "indented";
  }

  private beginQuote(structure: "quote" | "container" | "rest" | "marker", parent?: Frame): void {
    this.boundary("line");
    if (this.depth === 0) this.push("", structure === "marker" ? "marker" : "quote");
    if (parent?.structure === "container" && structure === "quote") parent.firstQuote ??= this.lines.length;
    // The first quote in a container is the mail that the container holds: one mail, quoted once.
    if (parent?.structure !== "container" || this.depth === 0 || parent.depth + 1 !== this.depth) this.depth++;
    if (structure === "rest" || structure === "marker") this.restDepth = Math.max(this.restDepth, structure === "rest" ? 1 : 0);
  }

  /** Behind a quote in a container that began with nothing but its attribution, the person's own words may stand. */
  private letAnswersBegin(): void {
    const container = this.frames.at(-1)?.structure === "container" ? this.frames.at(-1) : undefined;
    if (container === undefined || container.depth !== 0 || this.restDepth > 0) return;
    const before = this.lines.slice(container.firstLine, Math.min(container.firstQuote ?? 0, container.firstLine + 12));
    const heading = before.filter((line) => line.content !== "");
    const last = heading.at(-1);
    if (last === undefined || heading.length > 3) return;
    if (findAttribution(heading, heading.length - 1, "quote-follows") !== null) this.depth = 0;
  }

  private push(text: string, opens: Line["opens"] = "nothing"): void {
    const marks = text === "" ? "" : "> ".repeat(Math.min(this.depth, 5));
    this.lines.push({ text: marks + text, content: contentOf(text), depth: this.depth, opens, signature: this.signature > 0 });
    this.pendingBlank = false;
  }

  private newLine(): void {
    if (this.quiet > 0) return;
    const text = this.take().replace(/[\s\u00a0]{1,200}$/, "");
    if (text !== "" && this.pendingBlank) this.blank();
    this.push(text);
  }

  /** Ends the line. A no-break space alone is a line that somebody left empty. */
  private boundary(spacing: Spacing): void {
    if (this.hasWords() || this.pieces.some((piece) => piece.includes("\u00a0"))) this.newLine();
    else this.take();
    if (spacing === "paragraph" && this.lines.length > 0) this.pendingBlank = true;
  }

  private blank(): void {
    this.pendingBlank = false;
    if (this.lines.at(-1)?.content !== "") this.push("");
  }

  private rule(attributes: Readonly<Record<string, string>>): void {
    this.boundary("line");
    if (structureOf("hr", attributes) === "rest") this.beginQuote("rest");
    else this.push("---");
  }

  /** Small pictures of faces are words; other pictures are attachments. */
  private image(alt: string): void {
    if (alt.length <= 8 && /\p{Extended_Pictographic}/u.test(alt)) this.words(alt);
  }

  private bullet(): void {
    const list = this.lists.at(-1);
    const indent = "  ".repeat(Math.min(Math.max(this.lists.length - 1, 0), 8));
    this.pieces = [list?.number ? `${indent}${list.number++}. ` : `${indent}- `];
    this.state = "spaces";
  }

  /** Where a link leads is told when its words do not say it. */
  private link(href: string, textBefore: number): void {
    const label = this.pieces.slice(textBefore).join("").trim();
    if (this.quiet > 0 || !/^https?:\/\//i.test(href) || href.length > 2000 || label === "") return;
    const bare = (url: string) => url.replace(/^https?:\/\/(?:www\.)?/i, "").replace(/\/$/, "");
    if (bare(label) !== bare(href)) this.add(` (${href})`);
  }
}

function spacingOf(name: string, attributes: Readonly<Record<string, string>>): Spacing {
  if (PARAGRAPHS.has(name)) return name === "p" && withoutMargin(attributes) ? "line" : "paragraph";
  return LINES.has(name) ? "line" : "inline";
}

/** Outlook's paragraphs are lines: it writes empty ones between those that are apart. */
function withoutMargin(attributes: Readonly<Record<string, string>>): boolean {
  return /^(?:x_)?Mso/.test(attributes["class"] ?? "") || /margin(?:-(?:top|bottom))?:\s?0/i.test((attributes["style"] ?? "").slice(0, 500));
}

function isHidden(attributes: Readonly<Record<string, string>>): boolean {
  if (attributes["hidden"] !== undefined) return true;
  return /display:\s?none|visibility:\s?hidden|mso-hide:\s?all|font-size:\s?0(?:px|pt)?\s?(?:;|$)/i.test((attributes["style"] ?? "").slice(0, 500));
}

function firstNumber(start: string | undefined): number {
  const number = Number(start ?? 1);
  return Number.isSafeInteger(number) && number > 0 ? number : 1;
}
