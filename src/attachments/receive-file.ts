import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { MultipartFile } from "@fastify/multipart";
import { HttpError } from "./http-error.js";

/** 20 MB. */
export const maxFileBytes = 20 * 1_048_576;
export const tooLarge = () => new HttpError(413, "The file is too large: at most 20 MB can be sent.");

/** 20 MB at 9 KB/s. Must be well below the time after which an upload counts as abandoned. */
const maxUploadMs = 40 * 60_000;

/**
 * Streams a multipart file to `path` and returns its size in bytes.
 * @throws HttpError 413 as soon as it is too large, 400 if it is incomplete or empty, 408 if it takes too long
 * @throws the file system's error if it cannot be written
 */
export async function receiveFile(part: MultipartFile, path: string): Promise<number> {
  const { file } = part;
  // Stops immediately: busboy would read and discard the rest of the part.
  file.once("limit", () => file.destroy(tooLarge()));
  const timeout = AbortSignal.timeout(maxUploadMs);
  try {
    // Never overwrites an existing file; readable by this user only.
    await pipeline(contentOf(file), createWriteStream(path, { flags: "wx", mode: 0o600 }), { signal: timeout });
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new HttpError(408, "The upload took longer than 40 minutes: try again over a faster connection.");
  }
  if (file.bytesRead === 0) throw new HttpError(400, "The file is empty: choose another one.");
  return file.bytesRead;
}

/** Turns errors of the request into HttpErrors, so that they can be distinguished from errors of the disk. */
async function* contentOf(file: MultipartFile["file"]): AsyncGenerator<Buffer> {
  try {
    yield* file;
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, "The upload ended before it was complete: send it again.");
  }
}
