import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { findServer } from "./postmaster.js";
import { databaseName } from "./server-setup.js";

/** Line 4 of postmaster.pid. */
const Port = z.coerce.number().int().positive();

/**
 * The URL of the embedded PostgreSQL that another program runs in `directory`, for commands used beside it; null when none
 * runs there. It stops with that program. Contains the password: never log it.
 * @throws when this user may not read that program's files
 */
export async function findRunningEmbedded(directory: string): Promise<string | null> {
  const resolved = await realpath(directory).catch(() => null);
  if (resolved === null || (await findServer(resolved)) === undefined) return null;
  const [, , , port] = (await readFile(join(resolved, "postmaster.pid"), "utf8")).split("\n");
  const password = (await readFile(`${resolved}.password`, "utf8")).trim();
  return `postgres://${databaseName}:${password}@127.0.0.1:${Port.parse(port)}/${databaseName}`;
}
