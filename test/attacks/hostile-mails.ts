/** Emails that are made to keep a reader busy, or to fill its memory. Each has a Message-ID of its own. */
export interface HostileMail {
  readonly what: string;
  /** Header fields besides the usual ones, and the body. */
  make(): { readonly fields: readonly string[]; readonly body: string };
}

const mixed = 'Content-Type: multipart/mixed; boundary="b0"';
const textPart = "Content-Type: text/plain\r\n\r\nword\r\n";
const file = "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
const base64 = Buffer.alloc(17_000_000, 7).toString("base64").replace(/.{76}/g, "$&\r\n");

export const hostileMails: readonly HostileMail[] = [
  // Fills the heap of what reads it.
  { what: "12 million empty lines", make: () => ({ fields: [], body: `a${"\r\n".repeat(12_000_000)}a` }) },
  {
    what: "a file of 17 MB",
    make: () => ({
      fields: [mixed],
      body: `--b0\r\n${textPart}--b0\r\n${file}${base64}\r\n--b0--\r\n`,
    }),
  },
  {
    what: "20 MB that are not base64, in a file",
    make: () => ({
      fields: [mixed],
      body: `--b0\r\n${textPart}--b0\r\n${file}${"=#".repeat(10_000_000)}\r\n--b0--\r\n`,
    }),
  },
  { what: "a line of 20 MB", make: () => ({ fields: [], body: "a".repeat(20_000_000) }) },
  {
    what: "5 MB of tables in tables",
    make: () => ({ fields: ["Content-Type: text/html"], body: "<table><tr><td>".repeat(333_000) }),
  },
  { what: "10,000 parts", make: () => ({ fields: [mixed], body: `--b0\r\n${textPart}`.repeat(10_000) }) },
  {
    what: "parts in parts, 2,000 deep",
    make: () => ({
      fields: [mixed],
      body: Array.from(
        { length: 2_000 },
        (_, level) => `--b${level}\r\nContent-Type: multipart/mixed; boundary="b${level + 1}"\r\n\r\n`,
      ).join(""),
    }),
  },
  { what: "100,000 header fields", make: () => ({ fields: Array(100_000).fill("X-Many: y"), body: "word" }) },
  {
    what: "10,000 recipients",
    make: () => ({
      fields: [`Cc: ${Array.from({ length: 10_000 }, (_, n) => `u${n}@home.example`).join(",\r\n ")}`],
      body: "word",
    }),
  },
];
