import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A DATA_DIR of its own, taken away at the end. */
export async function makeDataDirectory(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "afterchat-data-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
