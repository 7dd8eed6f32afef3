import { findAttribution } from "../find-attribution.js";
import { type Line, maxRuleLines } from "../line.js";
import { isHidden, linkNote, listStart, type Spacing, spacingOf } from "./layout.js";
import { LineWriter } from "./line-writer.js";
import { type Structure, structureOf } from "./structure.js";

/** An open element, and what its end tag has to undo. */
interface Frame {
  readonly structure: Structure;
  readonly depth: number;
  readonly hidden: boolean;
  readonly preformatted: boolean;
  readonly spacing: Spacing;
  readonly href: string | null;
  /** See `LineWriter.position`. */
  readonly position: number;
  /** See `listStart`. */
  number: number | null;
  /** A container's first line, and that of its first quote, to check whether only an attribution is in between. */
  readonly firstLine: number;
  firstQuote: number | null;
}

type Attributes = Readonly<Record<string, string>>;

/** Elements without an end tag. */
const VOID_ELEMENTS = new Set(["br", "hr", "img"]);

/** Consumes an HTML email's tags and text, and keeps track of how deeply the text is quoted. */
export class HtmlReader {
  private readonly writer = new LineWriter();
  private readonly frames: Frame[] = [];
  private readonly lists: Frame[] = [];
  private hidden = 0;
  private preformatted = 0;
  /** 1 when everything up to the end is old. */
  private restDepth: 0 | 1 = 0;

  open(name: string, attributes: Attributes): void {
    if (VOID_ELEMENTS.has(name)) {
      if (this.hidden === 0) this.voidElement(name, attributes);
      return;
    }
    const parent = this.frames.at(-1);
    const frame = this.frameOf(name, attributes);
    this.frames.push(frame);
    if (frame.hidden) this.hidden++;
    if (this.hidden > 0) return;
    if (frame.preformatted) this.preformatted++;
    if (frame.number !== null) this.lists.push(frame);
    if (frame.structure === "signature") this.writer.signatures++;
    else if (frame.structure !== "text" && frame.structure !== "indented") this.beginOldText(frame.structure, parent);
    if (name === "li") this.bullet();
    if ((name === "td" || name === "th") && this.writer.hasText) this.writer.add(" | ");
  }

  close(name: string): void {
    if (VOID_ELEMENTS.has(name)) return;
    const frame = this.frames.pop();
    if (frame === undefined) return;
    const wasHidden = this.hidden > 0;
    if (frame.hidden) this.hidden--;
    if (wasHidden) return;
    if (frame.href !== null) this.writer.add(linkNote(frame.href, this.writer.textSince(frame.position)));
    if (frame.spacing !== "inline") this.writer.boundary(frame.spacing);
    if (frame.preformatted) this.preformatted--;
    if (frame.number !== null) this.lists.pop();
    if (frame.structure === "signature") this.writer.signatures--;
    this.writer.depth = Math.max(frame.depth, this.restDepth);
    if (frame.structure === "quote") this.allowAnswersBelowQuote();
  }

  text(text: string): void {
    if (this.hidden > 0) return;
    if (this.preformatted > 0) this.writer.preformatted(text);
    else this.writer.flowing(text);
  }

  end(): Line[] {
    this.writer.boundary("line");
    return this.writer.lines;
  }

  private voidElement(name: string, attributes: Attributes): void {
    const { alt = "" } = attributes;
    if (name === "br") this.writer.endLine();
    // Emoji images are text; other images are attachments.
    else if (name === "img") this.text(alt.length <= 8 && /\p{Extended_Pictographic}/u.test(alt) ? alt : "");
    else {
      this.writer.boundary("line");
      if (structureOf(name, attributes) === "rest") this.beginOldText("rest", undefined);
      else this.writer.push("---");
    }
  }

  private frameOf(name: string, attributes: Attributes): Frame {
    const hidden = isHidden(name, attributes);
    const visible = !hidden && this.hidden === 0;
    const spacing = visible ? spacingOf(name, attributes) : "inline";
    if (spacing !== "inline") this.writer.boundary(spacing);
    return {
      structure: visible ? this.structureOf(name, attributes) : "text",
      depth: this.writer.depth,
      hidden,
      preformatted: name === "pre",
      spacing,
      href: name === "a" ? hrefOf(attributes) : null,
      position: this.writer.position,
      number: listStart(name, attributes),
      firstLine: this.writer.lines.length,
      firstQuote: null,
    };
  }

  /** A blockquote without further marks is a quote if there is an attribution above it. */
  private structureOf(name: string, attributes: Attributes): Structure {
    const structure = structureOf(name, attributes);
    const { lines } = this.writer;
    if (structure !== "indented" || lines.length >= maxRuleLines) return structure;
    let last = lines.length - 1;
    while (last > lines.length - 4 && lines[last]?.content === "") last--;
    return findAttribution(lines, last, "quote") === null ? "indented" : "quote";
  }

  private beginOldText(structure: "quote" | "container" | "rest" | "marker", parent: Frame | undefined): void {
    const { writer } = this;
    writer.boundary("line");
    if (writer.depth === 0) writer.push("", structure === "marker" ? "marker" : "quote");
    if (structure === "rest") this.restDepth = 1;
    const inContainer = parent?.structure === "container";
    if (inContainer && structure === "quote") parent.firstQuote ??= writer.lines.length;
    // A container and the quote inside it are one email, quoted once.
    if (!inContainer || writer.depth !== parent.depth + 1) writer.depth++;
  }

  /** After a quote in a container that began with only an attribution, the sender's own text may follow. */
  private allowAnswersBelowQuote(): void {
    const container = this.frames.at(-1);
    if (container?.structure !== "container" || container.depth !== 0 || this.restDepth === 1) return;
    const to = Math.min(container.firstQuote ?? 0, container.firstLine + 12);
    const heading = this.writer.lines.slice(container.firstLine, to).filter((line) => line.content !== "");
    if (heading.length === 0 || heading.length > 3) return;
    if (findAttribution(heading, heading.length - 1, "quote") !== null) this.writer.depth = 0;
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
