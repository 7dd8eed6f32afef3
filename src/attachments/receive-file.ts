import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { MultipartFile } from "@fastify/multipart";
import { RequestRefused } from "./request-refused.js";

/** 20 MB. */
export const maxFileBytes = 20 * 1_048_576;
export const tooLarge = () => new RequestRefused(413, "The file is too large: at most 20 MB can be sent.");

/** A slower upload is given up; it must be far shorter than what counts as left behind. */
const maxUploadMs = 15 * 60_000;

/**
 * Writes a multipart file to `path` as it comes, without holding more than a chunk of it. Returns its size in bytes.
 * @throws RequestRefused 413 as soon as it is too large, 400 when it breaks off or is empty, 408 when it takes too long;
 *   what the file system says when it cannot be written
 */
export async function receiveFile(part: MultipartFile, path: string): Promise<number> {
  const { file } = part;
  // Stopped at once: busboy would read on to the part's end and throw it away.
  file.once("limit", () => file.destroy(tooLarge()));
  const timeout = AbortSignal.timeout(maxUploadMs);
  try {
    // Not over an existing file, and for this user alone.
    await pipeline(contentOf(file), createWriteStream(path, { flags: "wx", mode: 0o600 }), { signal: timeout });
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new RequestRefused(408, "The upload took longer than 15 minutes: try again over a faster connection.");
  }
  if (file.bytesRead === 0) throw new RequestRefused(400, "The file is empty: choose another one.");
  return file.bytesRead;
}

/** Tells a fault of the sender's from one of our disk. */
async function* contentOf(file: MultipartFile["file"]): AsyncGenerator<Buffer> {
  try {
    yield* file;
  } catch (error) {
    if (error instanceof RequestRefused) throw error;
    throw new RequestRefused(400, "The upload broke off before its end: send it again.");
  }
}
