import { rm } from "node:fs/promises";
import type { EmbeddedPostgres } from "../../src/database/embedded-postgres.js";

export default async function stopServer(): Promise<void> {
  const { testServer } = globalThis as { testServer?: { server: EmbeddedPostgres; directory: string } };
  if (testServer === undefined) return;
  await testServer.server.stop();
  await rm(testServer.directory, { recursive: true, force: true });
}
