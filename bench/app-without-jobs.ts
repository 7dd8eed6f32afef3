import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, startApp } from "../src/app.js";
import { createLogger } from "../src/logger.js";
import type { Environment } from "../src/settings-error.js";

/**
 * The whole program in this process, without its jobs: the measurement calls what they would run. Its clock is far enough
 * ahead of the database's that presence counts as reliable immediately.
 */
export async function startWithoutJobs(databaseUrl: string, environment: Environment = {}): Promise<App> {
  const app = await startApp(
    {
      DATABASE_URL: databaseUrl,
      DATA_DIR: join(tmpdir(), "afterchat-bench-data"),
      APP_SECRET: "a secret of the measurement and of nothing else",
      ROLE: "api",
      PORT: "0",
      ...environment,
    },
    { logger: createLogger("warn") },
  );
  const { presence, clock } = app.services;
  for (let beat = 0; beat < 4; beat += 1) {
    await presence.flush();
    clock.advance(5_000);
    await presence.sendHeartbeat();
  }
  return app;
}
