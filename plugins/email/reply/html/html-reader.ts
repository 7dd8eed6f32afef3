import { findAttribution } from "../find-attribution.js";
import { type Line, maxRuleLines } from "../line.js";
import { isQuiet, linkNote, listStart, type Spacing, spacingOf } from "./layout.js";
import { LineWriter } from "./line-writer.js";
import { type Structure, structureOf } from "./structure.js";

/** An open element, and what its end has to undo. */
interface Frame {
  readonly structure: Structure;
  readonly depth: number;
  readonly quiet: boolean;
  readonly preformatted: boolean;
  readonly spacing: Spacing;
  readonly href: string | null;
  readonly place: number;
  /** See `listStart`. */
  number: number | null;
  /** A container's first line, and that of its first quote, to see whether only an attribution stands between them. */
  readonly firstLine: number;
  firstQuote: number | null;
}

type Attributes = Readonly<Record<string, string>>;

/** Elements without an end; what they say is said at once. */
const POINTS = new Set(["br", "hr", "img"]);

/** Follows an HTML mail's tags, and knows at each word how deep it is quoted. */
export class HtmlReader {
  private readonly writer = new LineWriter();
  private readonly frames: Frame[] = [];
  private readonly lists: Frame[] = [];
  private quiet = 0;
  private preformatted = 0;
  /** 1 when everything to the end is old. */
  private restDepth: 0 | 1 = 0;

  open(name: string, attributes: Attributes): void {
    if (POINTS.has(name)) {
      if (this.quiet === 0) this.point(name, attributes);
      return;
    }
    const parent = this.frames.at(-1);
    const frame = this.frameOf(name, attributes);
    this.frames.push(frame);
    if (frame.quiet) this.quiet++;
    if (this.quiet > 0) return;
    if (frame.preformatted) this.preformatted++;
    if (frame.number !== null) this.lists.push(frame);
    if (frame.structure === "signature") this.writer.signatures++;
    else if (frame.structure !== "words" && frame.structure !== "indented") this.beginOld(frame.structure, parent);
    if (name === "li") this.bullet();
    if ((name === "td" || name === "th") && this.writer.hasWords) this.writer.add(" | ");
  }

  close(name: string): void {
    if (POINTS.has(name)) return;
    const frame = this.frames.pop();
    if (frame === undefined) return;
    const wasQuiet = this.quiet > 0;
    if (frame.quiet) this.quiet--;
    if (wasQuiet) return;
    if (frame.href !== null) this.writer.add(linkNote(frame.href, this.writer.since(frame.place)));
    if (frame.spacing !== "inline") this.writer.boundary(frame.spacing);
    if (frame.preformatted) this.preformatted--;
    if (frame.number !== null) this.lists.pop();
    if (frame.structure === "signature") this.writer.signatures--;
    this.writer.depth = Math.max(frame.depth, this.restDepth);
    if (frame.structure === "quote") this.letAnswersBegin();
  }

  words(text: string): void {
    if (this.quiet > 0) return;
    if (this.preformatted > 0) this.writer.preformatted(text);
    else this.writer.flowing(text);
  }

  end(): Line[] {
    this.writer.boundary("line");
    return this.writer.lines;
  }

  private point(name: string, attributes: Attributes): void {
    const { alt = "" } = attributes;
    if (name === "br") this.writer.endLine();
    // Small pictures of faces are words; other pictures are attachments.
    else if (name === "img") this.words(alt.length <= 8 && /\p{Extended_Pictographic}/u.test(alt) ? alt : "");
    else {
      this.writer.boundary("line");
      if (structureOf(name, attributes) === "rest") this.beginOld("rest", undefined);
      else this.writer.push("---");
    }
  }

  private frameOf(name: string, attributes: Attributes): Frame {
    const quiet = isQuiet(name, attributes);
    const heard = !quiet && this.quiet === 0;
    const spacing = heard ? spacingOf(name, attributes) : "inline";
    if (spacing !== "inline") this.writer.boundary(spacing);
    return {
      structure: heard ? this.structureOf(name, attributes) : "words",
      depth: this.writer.depth,
      quiet,
      preformatted: name === "pre",
      spacing,
      href: name === "a" ? hrefOf(attributes) : null,
      place: this.writer.place,
      number: listStart(name, attributes),
      firstLine: this.writer.lines.length,
      firstQuote: null,
    };
  }

  /** A blockquote that nothing marks is a quote when the line above it says so. */
  private structureOf(name: string, attributes: Attributes): Structure {
    const structure = structureOf(name, attributes);
    const { lines } = this.writer;
    if (structure !== "indented" || lines.length >= maxRuleLines) return structure;
    let last = lines.length - 1;
    while (last > lines.length - 4 && lines[last]?.content === "") last--;
    return findAttribution(lines, last, "quote-follows") === null ? "indented" : "quote";
  }

  private beginOld(structure: "quote" | "container" | "rest" | "marker", parent: Frame | undefined): void {
    const { writer } = this;
    writer.boundary("line");
    if (writer.depth === 0) writer.push("", structure === "marker" ? "marker" : "quote");
    if (structure === "rest") this.restDepth = 1;
    const inContainer = parent?.structure === "container";
    if (inContainer && structure === "quote") parent.firstQuote ??= writer.lines.length;
    // A container's own quote is the mail that it holds: one mail, quoted once.
    if (!inContainer || writer.depth !== parent.depth + 1) writer.depth++;
  }

  /** Behind a quote in a container that began with nothing but its attribution the person's own words may stand. */
  private letAnswersBegin(): void {
    const container = this.frames.at(-1);
    if (container?.structure !== "container" || container.depth !== 0 || this.restDepth === 1) return;
    const to = Math.min(container.firstQuote ?? 0, container.firstLine + 12);
    const heading = this.writer.lines.slice(container.firstLine, to).filter((line) => line.content !== "");
    if (heading.length === 0 || heading.length > 3) return;
    if (findAttribution(heading, heading.length - 1, "quote-follows") !== null) this.writer.depth = 0;
  }

  private bullet(): void {
    const list = this.lists.at(-1);
    const indent = "  ".repeat(Math.min(Math.max(this.lists.length - 1, 0), 8));
    this.writer.bullet(list?.number ? `${indent}${list.number++}. ` : `${indent}- `);
  }
}

function hrefOf({ href = "" }: Attributes): string {
  return href;
}
