import type { Database, Statement } from "../database/database.js";

/** The driver receives bytes as text of twice the length: 25 MB at once would keep the process busy for a quarter of a second. */
const sliceBytes = 512 * 1024;

/**
 * The content of an original, slice by slice.
 * @throws {Error} if it was removed meanwhile
 */
export async function* readContent(database: Database, id: string, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < sizeBytes; at += sliceBytes) {
    const [row] = await database.query<{ slice: Buffer | null }>(sliceStatement, [id, at + 1, sliceBytes]);
    if (!row?.slice) throw new Error(`The content of original ${id} was removed while it was read.`);
    yield row.slice;
  }
}

// Fast at any position, since the column is stored uncompressed.
const sliceStatement: Statement = {
  name: "read-original-slice",
  text: "SELECT substring(content FROM $2::int FOR $3::int) AS slice FROM inbound_originals WHERE id = $1",
};
