/**
 * Limits of what is read: larger headers are attacks, and the longest legitimate field is the References of a long
 * thread. Mail servers accept a quarter of it (Postfix: 100 KB). Reading it takes about 10 milliseconds.
 */
export const maxHeaderBytes = 512 * 1024;
const maxFields = 2_000;
const maxValueLength = 64 * 1024;

/** The fields of a header, or of a report in the same format, in order; values are unfolded, but not decoded. */
export class MailHeaders {
  readonly #fields: readonly { readonly name: string; readonly value: string }[];

  private constructor(fields: readonly { readonly name: string; readonly value: string }[]) {
    this.#fields = fields;
  }

  /** Reads up to the first empty line. Never throws; lines that are not fields are skipped. */
  static read(content: Uint8Array): MailHeaders {
    const bytes = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, maxHeaderBytes));
    // Raw UTF-8 is valid in headers (RFC 6532); the charset of anything else is unknown.
    const lines = bytes
      .subarray(0, endOfHeader(bytes))
      .toString("utf8")
      .split(/\r\n|\n|\r/);
    const fields: { name: string; pieces: string[]; length: number }[] = [];
    for (const line of lines) {
      const last = fields.at(-1);
      if (/^[ \t]/.test(line)) {
        if (last !== undefined && last.length < maxValueLength) {
          last.pieces.push(line.trim());
          last.length += line.length;
        }
        continue;
      }
      const colon = line.indexOf(":");
      if (colon < 1 || colon > 200) continue;
      if (fields.length === maxFields) break;
      const name = line.slice(0, colon).trim().toLowerCase();
      fields.push({ name, pieces: [line.slice(colon + 1).trim()], length: line.length });
    }
    return new MailHeaders(
      fields.map(({ name, pieces }) => ({ name, value: pieces.join(" ").slice(0, maxValueLength).trim() })),
    );
  }

  get isEmpty(): boolean {
    return this.#fields.length === 0;
  }

  /** Every value of a field, the topmost first; `name` in lower case. */
  all(name: string): readonly string[] {
    return this.#fields.filter((field) => field.name === name).map((field) => field.value);
  }

  /** The topmost value of a field; `""` if it does not exist. */
  first(name: string): string {
    return this.#fields.find((field) => field.name === name)?.value ?? "";
  }

  has(name: string): boolean {
    return this.#fields.some((field) => field.name === name);
  }
}

/** Where the first empty line begins; some programs end their lines with LF alone. */
export function endOfHeader(content: Buffer): number {
  const ends = ["\r\n\r\n", "\n\n"].map((end) => content.indexOf(end)).filter((at) => at !== -1);
  if (content.indexOf("\r\n") === 0 || content.indexOf("\n") === 0) return 0;
  return ends.length === 0 ? content.length : Math.min(...ends);
}
