import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Plugin } from "vite";

const types = /\.(css|html|js|svg|ttf)$/;
/** Smaller files would not become smaller. */
const minBytes = 500;
/** Brotli's best takes a second for each 300 KB and saves a tenth: too long for the files of the API explorer. */
const maxBestBytes = 200_000;
const best = zlib.constants.BROTLI_MAX_QUALITY;
const quick = 5;

/**
 * Puts compressed copies beside each text that is built, so that the server compresses nothing while it serves.
 * @param gzip whether also for browsers that take no brotli: old ones, and all where the connection is neither encrypted nor local
 */
export function compressFiles({ gzip }: { readonly gzip: boolean }): Plugin {
  return {
    name: "compress-files",
    apply: "build",
    // Once plugins have changed what is written.
    enforce: "post",
    async writeBundle({ dir = "" }, bundle) {
      const texts = Object.values(bundle).filter(({ fileName }) => types.test(fileName));
      await Promise.all(
        texts.map((output) =>
          compress(join(dir, output.fileName), output.type === "chunk" ? output.code : output.source, gzip),
        ),
      );
    },
  };
}

async function compress(path: string, text: string | Uint8Array, withGzip: boolean): Promise<void> {
  const content = Buffer.from(text);
  if (content.length < minBytes) return;
  const quality = content.length > maxBestBytes ? quick : best;
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: quality };
  await writeFile(`${path}.br`, await promisify(zlib.brotliCompress)(content, { params }));
  const level = zlib.constants.Z_BEST_COMPRESSION;
  if (withGzip) await writeFile(`${path}.gz`, await promisify(zlib.gzip)(content, { level }));
}
