import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

interface Known {
  /** Of the file as it was read. */
  readonly version: string;
  readonly tag: string;
}

/**
 * ETags of files whose names stay while their content changes. Not of their size and time, as usual: npm gives all files of a package the
 * same time, and a page that only names other hashed files has the same size, so browsers would keep the page of the version before.
 */
export class ContentTags {
  readonly #known = new Map<string, Known>();

  /** The file's tag, weak because it is the same for its compressed copies. Reads the file only if it was replaced. */
  async of(path: string): Promise<string> {
    const { ino, size, mtimeMs } = await stat(path);
    const version = `${ino} ${size} ${mtimeMs}`;
    const known = this.#known.get(path);
    if (known?.version === version) return known.tag;
    const hash = createHash("sha256").update(await readFile(path));
    const tag = `W/"${hash.digest("base64url").slice(0, 22)}"`;
    this.#known.set(path, { version, tag });
    return tag;
  }
}
