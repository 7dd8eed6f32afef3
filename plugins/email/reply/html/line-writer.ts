import { contentOf, type Line, maxRuleLines, unreadLine } from "../line.js";
import type { Spacing } from "./layout.js";

/** Quote marks that are shown before a line; deeper levels look the same. */
const maxMarks = 5;

/**
 * Builds lines from pieces of text, with the spacing of a browser. The pieces of a line are joined once, at its end:
 * reading a concatenated string after every piece would take quadratic time.
 */
export class LineWriter {
  readonly lines: Line[] = [];
  depth = 0;
  signatures = 0;
  private pieces: string[] = [];
  private state: "empty" | "spaces" | "after-space" | "after-word" = "empty";
  private blankDue = false;

  /** Text outside <pre>: any run of white space becomes one space, and none at the start of a line. */
  flowing(text: string): void {
    const collapsed = text.replace(/[ \t\r\n\f]+/g, " ");
    this.add(this.state !== "after-word" && collapsed.startsWith(" ") ? collapsed.slice(1) : collapsed);
  }

  /** Text inside <pre>, as it is. */
  preformatted(text: string): void {
    const [first = "", ...rest] = text.split(/\r\n?|\n/);
    this.add(first);
    for (const line of rest) {
      this.endLine();
      this.add(line);
    }
  }

  /** A list item's bullet or number, at the start of a line. */
  bullet(mark: string): void {
    this.pieces = [mark];
    this.state = "spaces";
  }

  add(piece: string): void {
    if (piece === "") return;
    this.pieces.push(piece);
    if (piece.trim() !== "") this.state = piece.endsWith(" ") ? "after-space" : "after-word";
    else if (this.state === "empty") this.state = "spaces";
    else if (this.state === "after-word") this.state = "after-space";
  }

  get hasText(): boolean {
    return this.state === "after-word" || this.state === "after-space";
  }

  /** A position in the current line, for `textSince`. */
  get position(): number {
    return this.pieces.length;
  }

  textSince(position: number): string {
    return this.pieces.slice(position).join("").trim();
  }

  /** Ends the line if it has text. A no-break space alone is an intended empty line. */
  boundary(spacing: Spacing): void {
    if (this.hasText || this.pieces.some((piece) => piece.includes("\u00a0"))) this.endLine();
    else this.take();
    if (spacing === "paragraph" && this.lines.length > 0) this.blankDue = true;
  }

  /** Ends the line, even if it is empty. */
  endLine(): void {
    const text = this.take().trimEnd();
    if (text !== "" && this.blankDue && this.lines.at(-1)?.content !== "") this.push("");
    this.push(text);
  }

  push(text: string, opens: Line["opens"] = "nothing"): void {
    const shown = text === "" ? "" : "> ".repeat(Math.min(this.depth, maxMarks)) + text;
    const isRead = this.lines.length < maxRuleLines;
    this.lines.push(
      isRead
        ? { text: shown, content: contentOf(text), depth: this.depth, opens, signature: this.signatures > 0 }
        : unreadLine(shown),
    );
    this.blankDue = false;
  }

  private take(): string {
    const text = this.pieces.join("");
    this.pieces = [];
    this.state = "empty";
    return text;
  }
}
