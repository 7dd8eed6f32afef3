/** Beyond these nothing is read: 2 MB of headers are an attack, and the longest honest field is a long thread's References. */
const maxBytes = 4 * 1024 * 1024;
const maxFields = 2_000;
const maxValue = 64 * 1024;

/** The fields of a header, or of a report that is written like one, in their order; values are unfolded, never decoded. */
export class MailHeaders {
  readonly #fields: readonly { readonly name: string; readonly value: string }[];

  private constructor(fields: readonly { readonly name: string; readonly value: string }[]) {
    this.#fields = fields;
  }

  /** Reads to the first empty line. Never throws: lines that are no field are passed over. */
  static read(content: Uint8Array): MailHeaders {
    const bytes = Buffer.from(content.buffer, content.byteOffset, Math.min(content.byteLength, maxBytes));
    // Raw UTF-8 is legal in headers (RFC 6532), and what is neither that nor ASCII cannot be told.
    const lines = bytes
      .subarray(0, endOfHeader(bytes))
      .toString("utf8")
      .split(/\r\n|\n|\r/);
    const fields: { name: string; pieces: string[]; length: number }[] = [];
    for (const line of lines) {
      const last = fields.at(-1);
      if (/^[ \t]/.test(line)) {
        if (last !== undefined && last.length < maxValue) {
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
      fields.map(({ name, pieces }) => ({ name, value: pieces.join(" ").slice(0, maxValue).trim() })),
    );
  }

  get isEmpty(): boolean {
    return this.#fields.length === 0;
  }

  /** Every value of a field, the topmost first; `name` in lower case. */
  all(name: string): readonly string[] {
    return this.#fields.filter((field) => field.name === name).map((field) => field.value);
  }

  /** The topmost value of a field; `""` when there is none. */
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
