import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Plugin } from "vite";

/** Replaces `<!-- include NAME.html -->` by the file of that name in `folder`, for what several pages share. */
export function includeParts(folder: string): Plugin {
  return {
    name: "include-parts",
    transformIndexHtml: {
      order: "pre",
      async handler(html) {
        const pieces = html.split(/<!-- include ([\w-]+\.html) -->/);
        const included = await Promise.all(
          pieces.map((piece, index) => (index % 2 === 0 ? piece : readFile(resolve(folder, piece), "utf8"))),
        );
        return included.join("");
      },
    },
  };
}
